"""A record seen as a whole: events in order of time, and what cannot both be true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.clinical.record.conflicts import conflicts_in
from rag.clinical.record.events import events_of
from rag.clinical.record.names import area_of, name_of
from rag.core.facts import Fact, Period


def fact(kind: str, concept: str, day: str | None = None, **rest: object) -> Fact:
    base = Fact(
        kind,
        concept,
        concept,
        spans=((0, 1),),
        at=Period(day, day) if day else None,
        recorded_at=day,
        doc_id=f"d-{day}",
    )  # type: ignore[arg-type]
    return replace(base, **rest)  # type: ignore[arg-type]


def label(one: Fact) -> str:
    return one.label


def test_drug_is_one_event_from_its_start_to_its_stop() -> None:
    course = [
        fact("drug", "apixaban", "2026-01-02", status="started"),
        fact("drug", "apixaban", "2026-03-05", status="stopped"),
    ]
    (event,) = events_of(course, label)
    assert event.at == Period("2026-01-02", "2026-03-05")
    assert event.doc_ids == ("d-2026-01-02", "d-2026-03-05")


def test_drug_given_again_after_its_stop_is_open() -> None:
    course = [
        fact("drug", "apixaban", "2026-01-02", status="started"),
        fact("drug", "apixaban", "2026-03-05", status="stopped"),
        fact("drug", "apixaban", "2026-04-01", status="started"),
    ]
    (event,) = events_of(course, label)
    assert event.at == Period("2026-01-02", None)


def test_results_of_one_day_are_one_event() -> None:
    results = [
        fact("lab", "potassium", "2026-01-02", value_text="4,2"),
        fact("lab", "sodium", "2026-01-02", value_text="139"),
    ]
    (event,) = events_of(results, label)
    assert event.title == "potassium 4,2 · sodium 139"


def test_what_is_denied_doubtful_or_of_a_relative_is_no_event() -> None:
    shown = events_of(
        [
            fact("condition", "diabetes", "2026-01-02", assertion="negated"),
            fact("condition", "asthma", "2026-01-02", assertion="family"),
            fact("condition", "stroke", "2026-01-02", confidence=0.4),
            fact("drug", "aspirin", "2026-01-02", status="not_to_give"),
        ],
        label,
    )
    assert shown == ()


def test_operation_told_by_two_documents_is_one_event_and_its_plan_another() -> None:
    told = [
        fact("procedure", "hip_prosthesis", "2026-03-12", status="done", side="left"),
        fact("procedure", "hip_prosthesis", "2026-03-12", status="done", side="left", doc_id="letter"),
        fact("procedure", "hip_prosthesis", "2026-03-12", status="planned", side="left", doc_id="plan"),
    ]
    assert [(len(event.facts), event.state) for event in events_of(told, label)] == [(2, ""), (1, "planned")]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"kind": "procedure", "side": "left"}, {"kind": "procedure", "side": "right"}, "side"),
        (
            {"kind": "lab", "value": 4.2, "unit": "mmol/L"},
            {"kind": "lab", "value": 6.8, "unit": "mmol/L"},
            "value",
        ),
    ],
)
def test_two_statements_of_one_moment_exclude_each_other(
    one: dict[str, object], other: dict[str, object], why: str
) -> None:
    moment = Period("2026-03-12T06:00", "2026-03-12T06:00", "minute")
    pair = [replace(fact("lab", "x", "2026-03-12"), at=moment, **told) for told in (one, other)]  # type: ignore[arg-type]
    assert [found.why for found in conflicts_in(pair)] == [why]


def test_a_value_that_changes_between_days_is_no_conflict() -> None:
    assert (
        conflicts_in([fact("lab", "x", "2026-03-12", value=1.0), fact("lab", "x", "2026-03-13", value=2.0)])
        == ()
    )


def test_two_operations_on_two_sides_years_apart_are_no_conflict() -> None:
    assert (
        conflicts_in(
            [
                fact("procedure", "x", "2020-03-12", side="left"),
                fact("procedure", "x", "2026-03-12", side="right"),
            ]
        )
        == ()
    )


def test_allergy_denied_after_it_was_stated_is_a_conflict_but_not_before() -> None:
    stated = fact("allergy", "penicillin", "2026-03-12", status="present")
    later = fact("allergy", "allergy", "2026-04-01", status="documented_absent", assertion="negated")
    before = replace(later, recorded_at="2020-01-01")
    assert [found.why for found in conflicts_in([stated, later])] == ["allergy"]
    assert conflicts_in([stated, before]) == ()


@pytest.mark.parametrize(
    ("told", "state", "end"),
    [
        ([("2026-03-01", "given"), ("2026-03-03", "given")], "given", "2026-03-03"),
        ([("2026-03-01", "given"), ("2026-03-03", "started")], "open", None),
        ([("2026-03-01", "planned")], "planned", None),
        ([("2026-03-01", "started"), ("2026-03-09", "planned")], "open", None),  # a plan ends nothing
        (
            [("2026-03-01", "started"), ("2026-03-03", "stopped"), ("2026-03-02", "continued")],
            "ended",
            "2026-03-03",
        ),
    ],
)
def test_state_of_a_treatment_is_what_the_latest_firm_statement_makes_of_it(
    told: list[tuple[str, str]], state: str, end: str | None
) -> None:
    (event,) = events_of([fact("drug", "apixaban", day, status=status) for day, status in told], label)
    assert (event.state, event.at) == (state, Period("2026-03-01", end))


def test_treatment_of_limited_time_is_over_once_the_record_goes_on_after_it() -> None:
    course = fact(
        "drug", "amoxicillin", "2026-03-01", at=Period("2026-03-01", "2026-03-08"), status="started"
    )
    assert [event.state for event in events_of([course], label)] == ["open"]
    event, _ = events_of([course, fact("procedure", "x", "2026-03-20")], label)
    assert (event.state, event.at) == ("ended", Period("2026-03-01", "2026-03-08"))


def test_things_are_named_in_a_language_and_by_the_document_where_the_table_has_no_name() -> None:
    known, unknown = fact("lab", "potassium", label="K+"), fact("drug", "~zorbalexine", label="Zorbalexine")
    assert [name_of(one, "en") for one in (known, unknown)] == ["potassium", "Zorbalexine"]
    assert name_of(known, None) == "K+"
    assert (area_of(known), area_of(unknown)) == ("lab", "")
