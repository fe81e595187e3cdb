"""The record as a whole: a summary by sections, the course since an event, how many times something was
done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answer.from_facts.allergies import is_absent, is_general
from rag.answer.from_facts.matching import subjects
from rag.answer.from_facts.measures import series_of
from rag.answer.from_facts.operations import is_done, is_surgery, operations
from rag.answer.from_facts.presence import stand_of
from rag.answer.from_facts.procedures import STATED_AS
from rag.answer.from_facts.record import Record, day_of, in_time, moment, said_once, sure, written
from rag.answer.from_facts.treatments.courses import courses_of
from rag.answer.from_facts.values import FactAnswer, FactStatement, Fragment, not_found, statement
from rag.answer.from_facts.wording.periods import fitting
from rag.answer.from_facts.wording.phrases import label_of, regimen_of, say, sided, value_of, when_of
from rag.core.facts import Fact, FactKind
from rag.understand.values import QuestionPart

_MOST_EACH = 8
_MOST_EVENTS = 14
_ABNORMAL = frozenset({"H", "L", "HH", "LL", "A"})


def answer_summary(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Sum up a record: problems, allergies, operations, treatment, last results, what is pending."""
    facts = [fact for fact in record.facts if sure([fact])]
    sections: tuple[tuple[str, list[Fact], Callable[[Fact, str], str]], ...] = (
        ("summary_condition", _problems(facts), label_of),
        ("summary_allergy", _allergies(facts), label_of),
        ("summary_procedure", _operations(facts), _operated),
        ("summary_drug", _treatment(record, facts), _treated),
        ("summary_lab", _results(facts), _measured),
        ("summary_open", _pending(record, facts), label_of),
    )
    found = [_section(name, chosen, words, language) for name, chosen, words in sections if chosen]
    return FactAnswer("answered", tuple(found)) if found else not_found()


def _section(
    name: str, facts: Sequence[Fact], words: Callable[[Fact, str], str], language: str
) -> FactStatement:
    pieces: list[Fragment | str] = [Fragment(say(name, language), is_frame=True)]
    for place, fact in enumerate(facts[:_MOST_EACH]):
        pieces += [
            " ; " if place and language == "fr" else "; " if place else "",
            words(fact, language),
            when_of(fact, language),
        ]
    return statement(facts[:_MOST_EACH], *pieces, ".")


def _problems(facts: Sequence[Fact]) -> list[Fact]:
    last: dict[str, Fact] = {}
    for fact in in_time(fact for fact in facts if fact.kind == "condition" and stand_of(fact) != "family"):
        last[fact.concept] = fact
    standing = [fact for fact in last.values() if stand_of(fact) in ("present", "confirmed", "history")]
    return sorted(standing, key=lambda fact: (stand_of(fact) != "confirmed", -written(fact), fact.spans))


def _allergies(facts: Sequence[Fact]) -> list[Fact]:
    stated = {fact.concept: fact for fact in in_time(fact for fact in facts if fact.kind == "allergy")}
    return [fact for fact in stated.values() if not is_absent(fact) and not is_general(fact)]


def _operations(facts: Sequence[Fact]) -> list[Fact]:
    return in_time(operations(fact for fact in facts if is_surgery(fact) and is_done(fact)))[-_MOST_EACH:]


def _operated(fact: Fact, language: str) -> str:
    return sided(label_of(fact, language), fact.side, language)


def _treatment(record: Record, facts: Sequence[Fact]) -> list[Fact]:
    states = [course.state(record) for course in courses_of(facts)]
    return sorted(
        (fact for state, fact in states if state == "taken"), key=lambda fact: (-written(fact), fact.spans)
    )


def _treated(fact: Fact, language: str) -> str:
    return f"{label_of(fact, language)} {regimen_of(fact, language)}".strip()


def _results(facts: Sequence[Fact]) -> list[Fact]:
    """The last of each result, those out of range first, then the latest."""
    last = [
        series.facts[-1] for series in series_of(fact for fact in facts if fact.kind == "lab") if series.facts
    ]
    return sorted(
        last, key=lambda fact: (fact.details.get("interpretation", "") not in _ABNORMAL, -moment(fact))
    )


def _measured(fact: Fact, language: str) -> str:
    return f"{label_of(fact, language)} {value_of(fact, language)}"


def _pending(record: Record, facts: Sequence[Fact]) -> list[Fact]:
    done = [fact for fact in facts if fact.kind == "procedure" and is_done(fact)]
    planned = [
        fact
        for fact in facts
        if (fact.status == "planned" or fact.kind == "appointment")
        and not any(other.concept == fact.concept and moment(other) >= moment(fact) for other in done)
    ]
    return said_once(planned)[-_MOST_EACH:]


_EVENTS: frozenset[FactKind] = frozenset({"procedure", "encounter", "condition", "drug", "device"})
_TURNS = frozenset({"started", "stopped", "changed"})


def answer_timeline(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Tell what happened, day by day: stays, operations, diagnoses, changes of treatment, results out of
    range.
    """
    within = fitting([fact for fact in record.facts if _is_event(fact) and sure([fact])], part.when, record)
    days: dict[str, list[Fact]] = {}
    for fact in said_once(within or ()):
        if day := day_of(fact):
            days.setdefault(day, []).append(fact)
    lines = [_day(facts, language) for facts in list(days.values())[-_MOST_EVENTS:]]
    return FactAnswer("answered", tuple(lines)) if lines else not_found()


def _is_event(fact: Fact) -> bool:
    if stand_of(fact) in ("family", "history") or fact.assertion == "hypothesis":
        return False
    if fact.kind == "lab":
        return fact.details.get("interpretation", "") in ("HH", "LL")
    return fact.kind in _EVENTS and (fact.kind != "drug" or fact.status in _TURNS)


def _day(facts: Sequence[Fact], language: str) -> FactStatement:
    pieces: list[Fragment | str] = []
    for place, fact in enumerate(facts[:_MOST_EACH]):
        pieces += [" ; " if place and language == "fr" else "; " if place else "", _event(fact, language)]
    return statement(facts[:_MOST_EACH], *pieces, when_of(facts[0], language), ".")


def _event(fact: Fact, language: str) -> str:
    if fact.kind == "lab":
        return _measured(fact, language)
    if fact.kind == "drug":
        key = "drug_stopped" if fact.status == "stopped" else "drug_dose"
        return say(key, language, drug=label_of(fact, language), dose=regimen_of(fact, language)).rstrip(" :")
    if fact.kind == "condition":
        return say(f"condition_{stand_of(fact)}", language, label=label_of(fact, language))
    stated_as = STATED_AS.get(fact.status)
    return (
        say(stated_as, language, label=label_of(fact, language)) if stated_as else _operated(fact, language)
    )


def answer_count(part: QuestionPart, record: Record, language: str) -> FactAnswer:
    """Count what was done or happened: each operation, stay or episode once, with what is counted."""
    facts = [
        fact
        for subject in subjects(part, record)
        for fact in subject.facts
        if fact.assertion in ("present", "history")
    ]
    within = [
        fact
        for fact in fitting(facts, part.when, record) or []
        if sure([fact]) and fact.status not in ("planned", "cancelled")
    ]
    counted = (
        in_time(operations(within))
        if all(fact.kind in ("procedure", "device") for fact in within)
        else said_once(within)
    )
    if not counted:
        return not_found(facts)
    pieces: list[Fragment | str] = [
        Fragment(say("count_procedures", language, count=len(counted)), is_frame=True)
    ]
    for place, fact in enumerate(counted[:_MOST_EACH]):
        pieces += [say("next", language) if place else "", _operated(fact, language), when_of(fact, language)]
    return FactAnswer("answered", (statement(counted[:_MOST_EACH], *pieces, "."),))
