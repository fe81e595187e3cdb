"""Treatments: what is taken now, on admission, at discharge, at another time; of the drugs named, or of
all.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.from_facts.matching import Subject, subjects
from rag.answer.from_facts.record import Record, moment, sure
from rag.answer.from_facts.treatments.courses import DRUGS, Course, courses_of, dosed_fact, ending_of, line_of
from rag.answer.from_facts.treatments.current import is_listed, taken_now, without_classes
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, listing, not_found, statement
from rag.answer.from_facts.wording.periods import Limits, each_limits, event_days, fitting, limits_of
from rag.answer.from_facts.wording.phrases import (
    on_date,
    regimen_of,
    say,
)
from rag.core.facts import Fact
from rag.understand.values import QuestionPart

_MOST_DRUGS = 24


def answer_treatment(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say what is taken: of the drugs named, or of all."""
    if part.named or part.words:
        return _named(part, record, language)
    if len(periods := each_limits(part.when, record)) >= _TWO:
        return _of_periods(periods, part, record, language)
    chosen = _listed(part, record)
    if chosen is None or not chosen:
        return not_found()
    head = Fragment(say("treatment_head", language), is_frame=True)
    lines = [line_of(fact, language) for fact in chosen[:_MOST_DRUGS]]
    return FactAnswer("answered", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))


_TWO = 2


def _of_periods(periods: Sequence[Limits], part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """List what was taken at each of several times, side by side."""
    drugs = [fact for fact in record.facts if fact.kind == "drug"]
    lines: list[FactStatement] = []
    for period in periods[:_TWO]:
        taken = taken_now(record, [fact for fact in drugs if moment(fact) <= period.end])
        items = [line_of(fact, language) for fact in taken[:_MOST_DRUGS]]
        if items:
            day = max(fact.recorded_at or "" for fact in taken)[:10]
            until = on_date(day, language, "until")
            head = until.text.strip() if isinstance(until, Fragment) else ""
            head = f"{head[:1].upper()}{head[1:]}{say('colon', language)}"
            lines.append(listing(Fragment(head, is_frame=True), items, language))
    return FactAnswer("answered" if len(lines) == _TWO else "partial", tuple(lines)) if lines else not_found()


def _listed(part: QuestionPart, record: Record) -> list[Fact] | None:
    """Return one fact for each drug taken at the time asked about."""
    facts = [fact for fact in record.facts if fact.kind == "drug"]
    if part.when.anchor in ("admission", "discharge"):
        return _at_event(part, record, facts)
    if part.when.is_limited:
        limits = limits_of(part.when, record)
        if limits is None:
            return None
        facts = [fact for fact in facts if moment(fact) <= limits.end]
    return taken_now(record, facts)


def _at_event(part: QuestionPart, record: Record, facts: Sequence[Fact]) -> list[Fact] | None:
    """The treatment on admission or at discharge is that of the documents of that day."""
    days = {day.isoformat() for day in event_days(part.when, record)}
    kinds = _OF_DISCHARGE if part.when.anchor == "discharge" else _OF_ADMISSION
    wanted = {
        doc_id
        for doc_id, doc in record.documents.items()
        if doc.kind in kinds and (doc.authored_at or "")[:10] in days
    }
    stated = [fact for fact in facts if fact.doc_id in wanted and "list" not in fact.details]
    listed = "discharge" if part.when.anchor == "discharge" else "home"
    told = [fact for fact in facts if fact.details.get("list") == listed]
    if part.when.anchor == "admission" and told and any(_is_of_stay(fact, record) for fact in told):
        told = [fact for fact in told if _is_of_stay(fact, record)]
    stated = told or stated
    if not stated:
        return None
    last = max((fact.recorded_at or "")[:10] for fact in stated)
    of_day = [fact for fact in stated if (fact.recorded_at or "")[:10] == last]
    ends = "stopped" if part.when.anchor == "discharge" else "started"
    return [
        fact
        for course in without_classes(courses_of(of_day))
        for fact in [_dosed_last(course)]
        if fact.status not in (ends, "not_to_give", "given") and is_listed(fact)
    ]


def _dosed_last(course: Course) -> Fact:
    """Return the last fact of a drug, or the one of its last document that gives the dose."""
    last = course.facts[-1]
    return last if last.status in ("stopped", "not_to_give", "given") else dosed_fact(course, last)


def _is_of_stay(fact: Fact, record: Record) -> bool:
    """Tell whether a document tells of a stay: what it lists as the usual treatment is that on admission."""
    return any(other.kind == "encounter" and other.doc_id == fact.doc_id for other in record.facts)


_OF_DISCHARGE = frozenset({"discharge_letter", "discharge_summary", "prescription"})


_OF_ADMISSION = frozenset({"admission_note", "anaesthesia_report", "consultation"})


def _named(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    statements: list[FactStatement] = []
    near: list[Fact] = []
    missing = False
    for subject in subjects(part, record, {"drug"}, DRUGS):
        found = _of_subject(subject, part, record, language)
        statements.extend(found.statements)
        near.extend(found.near_misses)
        missing = missing or found.status != "answered"
    if not statements:
        return not_found(near)
    return FactAnswer("partial" if missing else "answered", tuple(statements), tuple(near))


def _of_subject(subject: Subject, part: QuestionPart, record: Record, language: str) -> FactAnswer:
    facts: Sequence[Fact] = subject.facts
    if part.when.is_limited:
        limits = limits_of(part.when, record)
        if limits is None:
            return not_found(facts)
        facts = fitting(facts, part.when, record) or [fact for fact in facts if moment(fact) <= limits.end]
    courses = without_classes([course for course in courses_of(facts) if sure(course.facts)])
    if not courses:
        return not_found(subject.facts)
    found = [line for course in courses for line in _states_of(course, part, record, language)]
    is_whole = not part.asks("dose") or any(
        regimen_of(fact, language) for line in found for fact in line.facts
    )
    return FactAnswer("answered" if is_whole else "partial", tuple(found))


def _states_of(course: Course, part: QuestionPart, record: Record, language: str) -> list[FactStatement]:
    """State what became of a drug; where its dose is asked and it was stopped, the last dose given too."""
    line = _state_of(course, part, record, language)
    dosed = course.dosed()
    if (
        not part.asks("dose")
        or not dosed
        or any(fact.value_text or fact.details.get("dose") for fact in line.facts)
    ):
        return [line]
    return [line, line_of(dosed[-1], language)]


def _state_of(course: Course, part: QuestionPart, record: Record, language: str) -> FactStatement:
    state, fact = course.state(record)
    if state == "taken":
        yes = Fragment(say("yes", language), is_frame=True) if part.is_yes_no else ""
        proof = Fragment(say("treatment_proof", language), is_frame=True)
        return statement(
            [dosed_fact(course, fact)],
            yes,
            *line_of(dosed_fact(course, fact), language).pieces[:-1],
            proof,
            ".",
        )
    no = (
        Fragment(say("no", language), is_frame=True)
        if part.is_yes_no and state in ("stopped", "refused")
        else ""
    )
    return ending_of(state, fact, no, language)
