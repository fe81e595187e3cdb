"""The summary of a record by sections: problems, treatment, allergies, operations, last results, what is
open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.from_facts.allergies import answer_allergy, is_absent, is_general
from rag.answer.from_facts.measures import series_of
from rag.answer.from_facts.operations import is_done, is_surgery, is_therapy, operations
from rag.answer.from_facts.record import Record, in_time, moment, said_once, sure, written
from rag.answer.from_facts.treatments.current import taken_now
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, listing, not_found, statement
from rag.answer.from_facts.whole.problems import has_own_day, name_of, problems_of
from rag.answer.from_facts.wording.phrases import (
    label_of,
    on_date,
    regimen_of,
    say,
    sided,
    value_of,
    when_of,
)
from rag.core.facts import Fact
from rag.core.times import bounds
from rag.understand.values import QuestionPart

_MOST_EACH = 10
_MOST_RESULTS = 8
_ABNORMAL = frozenset({"H", "L", "HH", "LL", "A"})
_OPEN_DAYS = 92
"""Days for which what was planned is open where nothing says that it was done. Set by hand."""


def answer_summary(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Sum up a record, a line a section; the sections without anything are left out."""
    facts = [fact for fact in record.facts if sure([fact])]
    sections = (
        ("summary_condition", _problems(record, language)),
        ("summary_drug", [_treated(fact, language) for fact in taken_now(record)]),
        ("summary_allergy", _allergies(record, facts, language)),
        ("summary_procedure", [_operated(fact, language) for fact in _operations(facts)]),
        ("summary_lab", [_measured(fact, language) for fact in _results(facts)]),
        ("summary_open", [_planned(fact, language) for fact in _open(record, facts)]),
    )
    found = [
        listing(Fragment(say(name, language), is_frame=True), items[:_MOST_EACH], language)
        for name, items in sections
        if items
    ]
    return FactAnswer("answered", tuple(found)) if found else not_found()


def answer_problems(record: Record, language: str) -> FactAnswer:
    """List the problems of a patient, the most important first."""
    lines = _problems(record, language)
    head = Fragment(say("summary_condition", language), is_frame=True)
    return FactAnswer("answered", (listing(head, lines, language),)) if lines else not_found()


def _problems(record: Record, language: str) -> list[FactStatement]:
    return [
        statement(
            [one.fact],
            sided(name_of(one.fact, language), one.fact.side, language),
            when_of(one.fact, language) if has_own_day(one.fact) else "",
        )
        for one in problems_of(record)
    ]


def _allergies(record: Record, facts: Sequence[Fact], language: str) -> list[FactStatement]:
    stated = {fact.concept: fact for fact in in_time(fact for fact in facts if fact.kind == "allergy")}
    standing = [fact for fact in stated.values() if not is_absent(fact) and not is_general(fact)]
    if standing:
        return [statement([fact], label_of(fact, language), _reaction(fact, language)) for fact in standing]
    denied = answer_allergy(QuestionPart("", "allergy"), record, language)
    return [line for line in denied.statements if denied.status == "answered"]


def _reaction(fact: Fact, language: str) -> str:
    told = fact.details.get("reaction", "")
    return f" ({told})" if told else ""


def _operations(facts: Sequence[Fact]) -> list[Fact]:
    acts = (fact for fact in facts if (is_surgery(fact) or is_therapy(fact)) and is_done(fact))
    return in_time(operations(acts))[-_MOST_EACH:]


def _operated(fact: Fact, language: str) -> FactStatement:
    return statement([fact], sided(name_of(fact, language), fact.side, language), when_of(fact, language))


def _treated(fact: Fact, language: str) -> FactStatement:
    return statement([fact], f"{label_of(fact, language)} {regimen_of(fact, language)}".strip())


def _results(facts: Sequence[Fact]) -> list[Fact]:
    """The last of each result that has a number, those out of range first, then the latest."""
    last = [
        series.facts[-1] for series in series_of(fact for fact in facts if fact.kind == "lab") if series.facts
    ]
    numbers = [fact for fact in last if fact.value is not None] or last
    numbers.sort(
        key=lambda fact: (fact.details.get("interpretation", "") not in _ABNORMAL, -moment(fact), fact.spans)
    )
    return numbers[:_MOST_RESULTS]


def _measured(fact: Fact, language: str) -> FactStatement:
    return statement(
        [fact], f"{label_of(fact, language)} {value_of(fact, language)}", when_of(fact, language)
    )


def _open(record: Record, facts: Sequence[Fact]) -> list[Fact]:
    """What was planned late in the record, or for later, and was not done since."""
    until = record.last_date()
    if until is None:
        return []
    since = bounds(until)[0] - _OPEN_DAYS * 86_400
    done = [fact for fact in facts if fact.kind == "procedure" and is_done(fact)]
    planned = [
        fact
        for fact in facts
        if _is_planned(fact)
        and (written(fact) >= since or moment(fact) > bounds(until)[1])
        and not any(other.concept == fact.concept and moment(other) >= moment(fact) for other in done)
    ]
    return said_once(planned)[-_MOST_EACH:]


def _is_planned(fact: Fact) -> bool:
    """An appointment counts where it has a day: without one its words are but the frame of a sentence."""
    return has_own_day(fact) if fact.kind == "appointment" else _is_act(fact) and fact.status == "planned"


def _is_act(fact: Fact) -> bool:
    return fact.kind == "procedure"


def _planned(fact: Fact, language: str) -> FactStatement:
    if fact.kind == "appointment" and fact.at is not None and fact.at.start:
        label = Fragment(say("appointment", language), is_frame=True)
        day = on_date(fact.at.start, language, filed=fact.recorded_at)
        return replace(statement([fact], label, day), is_dated=True)
    day = when_of(fact, language) if has_own_day(fact) else on_date(fact.recorded_at, language, "document")
    return statement([fact], sided(name_of(fact, language), fact.side, language), day)
