"""Treatments: what is taken now, on admission, at discharge, at another time; of the drugs named, or of
all.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.from_facts.matching import Subject, row_of, subjects
from rag.answer.from_facts.record import Record, moment, sure, written
from rag.answer.from_facts.treatments.courses import DRUGS, Course, courses_of, dosed_fact, ending_of, line_of
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, statement
from rag.answer.from_facts.wording.periods import event_days, fitting, limits_of
from rag.answer.from_facts.wording.phrases import (
    regimen_of,
    say,
)
from rag.clinical.concepts import kinds_of
from rag.core.facts import Fact
from rag.understand.values import QuestionPart

_MOST_DRUGS = 24


def answer_treatment(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Say what is taken: of the drugs named, or of all."""
    if part.named or part.words:
        return _named(part, record, language)
    chosen = _listed(part, record)
    if chosen is None or not chosen:
        return not_found()
    head = Fragment(say("treatment_head", language), is_frame=True)
    lines = [line_of(fact, language) for fact in chosen[:_MOST_DRUGS]]
    return FactAnswer("answered", (statement(lines[0].facts, head, *lines[0].pieces), *lines[1:]))


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
    states = [course.state(record) for course in courses_of(facts)]
    taken = [fact for state, fact in states if state == "taken" and sure([fact]) and _is_listed(fact)]
    return sorted(taken, key=lambda fact: (-written(fact), fact.spans))


def _is_listed(fact: Fact) -> bool:
    """Tell whether a fact belongs in a list of treatments: a class of drugs without a dose names none, nor
    does a drug only mentioned.
    """
    row = row_of(fact.concept)
    if regimen_of(fact, "en"):
        return True
    return (row is None or row.kind != "drug_class") and fact.status != "" and fact.assertion != "history"


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
        for course in courses_of(of_day)
        for fact in course.facts[-1:]
        if fact.status not in (ends, "not_to_give", "given")
    ]


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
    courses = _without_classes([course for course in courses_of(facts) if sure(course.facts)])
    if not courses:
        return not_found(subject.facts)
    found = [line for course in courses for line in _states_of(course, part, record, language)]
    is_whole = not part.asks("dose") or any(
        regimen_of(fact, language) for line in found for fact in line.facts
    )
    return FactAnswer("answered" if is_whole else "partial", tuple(found))


def _without_classes(courses: Sequence[Course]) -> list[Course]:
    """Leave out a class of drugs (``anticoagulation``) where a drug of it has a course of its own."""
    classes = frozenset().union(
        *(kinds_of(course.facts[0].concept) - {course.facts[0].concept} for course in courses)
    )
    return [course for course in courses if course.facts[0].concept not in classes]


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
