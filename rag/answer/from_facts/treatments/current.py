"""What a patient takes now, by all that the record says: each drug once, without those of an old stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rag.answer.from_facts.matching import row_of
from rag.answer.from_facts.record import Record, in_time, sure, written
from rag.answer.from_facts.treatments.courses import Course, courses_of, dosed_fact
from rag.answer.from_facts.wording.phrases import regimen_of
from rag.clinical.concepts import kinds_of
from rag.clinical.record.courses import ENDS
from rag.core.facts import Fact

_LISTS = frozenset({"discharge_letter", "discharge_summary", "prescription", "consultation", "letter"})
"""Kinds of documents that give a treatment as a whole."""
_OF_A_STAY = frozenset({"progress_note", "operative_report", "anaesthesia_report", "nursing_note"})
_FEWEST = 3
"""Drugs that make a list of the treatment."""
_LEFT_OUT = 2
"""Later lists without a drug after which it is no longer taken. Set by hand."""


def taken_now(record: Record, facts: Sequence[Fact] | None = None) -> list[Fact]:
    """Return one fact for each drug taken, the latest written first; of ``facts`` where the treatment of
    another time is asked about.
    """
    drugs = [fact for fact in record.facts if fact.kind == "drug"] if facts is None else list(facts)
    lists = _lists(drugs, record)
    taken = []
    for course in without_classes([one for one in courses_of(drugs) if sure(one.facts)]):
        state, fact = course.state(record)
        if state == "taken" and sure([fact]) and is_listed(fact) and not _is_past(course, lists, record):
            taken.append(dosed_fact(course, fact))
    return sorted(taken, key=lambda fact: (-written(fact), fact.spans))


def is_listed(fact: Fact) -> bool:
    """Tell whether a fact belongs in a list of treatments: a class of drugs without a dose names none, nor
    does a drug only mentioned.
    """
    row = row_of(fact.concept)
    if fact.status == "" and not {"frequency", "duration", "list"} & set(fact.details):
        return False  # a dose that is only mentioned was given once
    if regimen_of(fact, "en"):
        return True
    return (row is None or row.kind != "drug_class") and fact.status != "" and fact.assertion != "history"


def without_classes(courses: Sequence[Course]) -> list[Course]:
    """Leave out a class of drugs (``anticoagulation``) where a drug of it has a course of its own; where the
    class was stopped, so was the drug.
    """
    kinds = {
        course.facts[0].concept: kinds_of(course.facts[0].concept) - {course.facts[0].concept}
        for course in courses
    }
    classes = frozenset().union(*kinds.values())
    endings = {
        course.facts[0].concept: [fact for fact in course.facts if fact.status in ENDS]
        for course in courses
        if course.facts[0].concept in classes
    }
    return [
        Course(tuple(in_time((*course.facts, *_ended(kinds[course.facts[0].concept], endings)))))
        for course in courses
        if course.facts[0].concept not in classes
    ]


def _ended(kinds: Collection[str], endings: Mapping[str, Sequence[Fact]]) -> list[Fact]:
    return [fact for kind in sorted(kinds) for fact in endings.get(kind, ())]


def _lists(drugs: Sequence[Fact], record: Record) -> list[tuple[float, frozenset[str]]]:
    """Return when each list of the treatment was written, and the drugs that its document names."""
    named: dict[str, set[str]] = {}
    for fact in drugs:
        if record.kind_of(fact) in _LISTS or "list" in fact.details:
            named.setdefault(fact.doc_id, set()).add(fact.concept)
    times = {fact.doc_id: written(fact) for fact in drugs}
    return [(times[doc], frozenset(names)) for doc, names in named.items() if len(names) >= _FEWEST]


def _is_past(course: Course, lists: Sequence[tuple[float, frozenset[str]]], record: Record) -> bool:
    """Tell whether lists of the treatment written since leave a drug out: one, where it was only given in a
    stay; several, where it was taken at home.
    """
    last = max(course.facts, key=written)
    concept = last.concept
    later = sum(time > written(last) and concept not in names for time, names in lists)
    is_of_stay = all(
        record.kind_of(fact) in _OF_A_STAY and fact.status != "continued" for fact in course.facts
    )
    return later >= (1 if is_of_stay else _LEFT_OUT)
