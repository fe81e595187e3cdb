"""The course of each drug and the sentences that state it. What a record says is no proof of what is
taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.answer.from_facts.record import Record, in_time, time_of
from rag.answer.from_facts.values import FactStatement, Fragment, quoted, statement
from rag.answer.from_facts.wording.phrases import (
    doubt_of,
    label_of,
    on_date,
    reason_of,
    regimen_of,
    say,
    when_of,
)
from rag.clinical.record.courses import Became, Stay, became
from rag.core.facts import Fact

DRUGS = frozenset({"drug", "drug_class"})
"""Sorts of concepts that a question of a treatment names."""
_KEYS: dict[Became, str] = {
    "stopped": "drug_stopped",
    "refused": "drug_not_to_give",
    "planned": "drug_planned",
    "given": "drug_given",
    "ended": "drug_ended",
}


@dataclass(frozen=True, slots=True)
class Course:
    """What a record says of one drug, in time."""

    facts: tuple[Fact, ...]

    def state(self, record: Record) -> tuple[Became, Fact]:
        """Return what became of the drug, and the fact that says so."""
        return became(self.facts, record.last_date(), stays_of(record))

    def dosed(self) -> list[Fact]:
        """Return the facts that give a dose."""
        return [fact for fact in self.facts if regimen_of(fact, "en")]


def stays_of(record: Record) -> frozenset[Stay]:
    """Return the days of every stay in hospital: they limit no treatment."""
    return frozenset(
        (stay.at.start, stay.at.end)
        for stay in record.facts
        if stay.kind == "encounter" and stay.at is not None
    )


def courses_of(facts: Iterable[Fact]) -> list[Course]:
    """Return the course of each drug that the patient takes, took or must not take; what is only supposed or
    denied is left out.
    """
    grouped: dict[str, list[Fact]] = {}
    for fact in facts:
        if (
            fact.kind == "drug"
            and fact.assertion in ("present", "history", "negated")
            and _says_something(fact)
        ):
            grouped.setdefault(fact.concept, []).append(fact)
    return [Course(tuple(in_time(group))) for group in grouped.values()]


_LEVEL = re.compile(r"\d\s?(?:ng|pg|[µu]g|mcg|mg|[µu]mol|nmol|mmol)/(?:L|dL|mL)\b", re.IGNORECASE)


def _says_something(fact: Fact) -> bool:
    """Tell whether a fact tells of a treatment: a level in the blood under the drug's name tells of none."""
    if fact.status == "" and _LEVEL.search(fact.value_text or fact.details.get("dose", "")):
        return False
    return fact.assertion != "negated" or fact.status in ("stopped", "not_to_give")


def dosed_fact(course: Course, fact: Fact) -> Fact:
    """The last fact, or the last that gives a dose where that one only says that the drug goes on."""
    dosed = course.dosed()
    return fact if regimen_of(fact, "en") or not dosed or fact.status == "changed" else dosed[-1]


def ending_of(state: Became, fact: Fact, before: Fragment | str, language: str) -> FactStatement:
    """State that a course ended, was planned, given or refused, when and why."""
    date = (
        on_date(fact.at.end if fact.at else None, language) if state == "ended" else when_of(fact, language)
    )
    head = say(_KEYS[state], language, drug=label_of(fact, language))
    dose = (
        f", {regimen_of(fact, language)}"
        if state in ("given", "planned", "ended") and regimen_of(fact, language)
        else ""
    )
    return statement(
        [fact], before, head, dose, date, reason_of(fact, language), doubt_of(fact, language), "."
    )


def line_of(fact: Fact, language: str) -> FactStatement:
    """State a drug with its dose and the date."""
    regimen = regimen_of(fact, language)
    drug = label_of(fact, language)
    said = (
        say("drug_dose", language, drug=drug, dose=regimen)
        if regimen
        else say("drug_named", language, drug=drug)
    )
    return statement([fact], said, _since(fact, language), doubt_of(fact, language), ".")


def _since(fact: Fact, language: str) -> Fragment | str:
    starts = fact.at is not None and fact.at.start and fact.status in ("started", "changed", "continued", "")
    key = "since" if starts and fact.at is not None and fact.at.end != fact.at.start else "document"
    if fact.at is not None and fact.status in ("started", "changed"):
        key = "since"
    day = time_of(fact) if key == "since" else (fact.recorded_at or time_of(fact))
    return on_date(day, language, key, fact.recorded_at)


def told_in_full(line: FactStatement, language: str) -> FactStatement:
    """Give the document's own sentence for a reason: it may say more than the part that was read as the
    reason.
    """
    reason = reason_of(line.facts[0], language)
    return quoted(line.facts[0], *(piece for piece in line.pieces if piece.text != reason), " ")
