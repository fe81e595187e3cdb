"""Operations: each once, however often it is told, and the operation itself among what surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer.from_facts.matching import row_of
from rag.answer.from_facts.record import day_of, in_time, moment, sure
from rag.clinical.facts.conditions import ids_of
from rag.core.facts import Fact


def is_done(fact: Fact) -> bool:
    """Tell whether an operation took place."""
    return fact.assertion in ("present", "history") and fact.status not in (
        "planned",
        "cancelled",
        "suspected",
    )


def principal(facts: Sequence[Fact]) -> list[Fact]:
    """Of one document and day, the operation itself: what has a side, else what is told with most detail,
    else what is named first.

    A report of an operation names much that is no operation of its own: the anaesthesia, a swab, a film.
    """
    best: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        kept = best.get(key := (fact.doc_id, day_of(fact)))
        if kept is None or _principality(fact) > _principality(kept):
            best[key] = fact
    return list(best.values())


def _principality(fact: Fact) -> tuple[bool, bool, int, int]:
    return bool(fact.side), is_done(fact), len(fact.details), -fact.spans[0][0] if fact.spans else 0


def operations(facts: Iterable[Fact]) -> list[Fact]:
    """Return each operation once, by the fact that says most of it; one told again without its date, or as
    planned, is the same.
    """
    kept: list[Fact] = []
    for fact in sorted(facts, key=_said, reverse=True):
        if not any(_is_same(fact, other) for other in kept):
            kept.append(fact)
    return kept


def _said(fact: Fact) -> tuple[bool, bool, int, float]:
    return is_done(fact), fact.at is not None, len(fact.details) + bool(fact.side), -moment(fact)


def _is_same(fact: Fact, other: Fact) -> bool:
    """The same operation: of one name, not on two sides, on one day; or told of without a day of its own."""
    if fact.concept != other.concept or (fact.side and other.side and fact.side != other.side):
        return False
    if day_of(fact) == day_of(other) or fact.at is None:
        return True
    is_later_told = _is_told_again(fact) and moment(other) <= moment(fact)
    return is_done(other) and (is_later_told or (fact.status == "planned" and moment(fact) <= moment(other)))


def _is_told_again(fact: Fact) -> bool:
    """Tell whether an operation has no day but that of the document that mentions it, and nothing of how it
    was done.
    """
    return not fact.details and day_of(fact) == (fact.recorded_at or "")[:10]


def is_surgery(fact: Fact) -> bool:
    """Tell whether a fact is an operation: an act, and no examination, support or care."""
    row = row_of(fact.concept)
    return (
        fact.kind == "procedure"
        and (row is None or row.kind != "imaging")
        and fact.concept not in ids_of("no_operation")
    )


def is_therapy(fact: Fact) -> bool:
    """Tell whether a fact is an act that is no operation and that the course of an illness is told by."""
    return fact.kind == "procedure" and fact.concept in ids_of("course_of_treatment")


def surgeries(facts: Iterable[Fact]) -> list[Fact]:
    """Return the operations done that date what is before and after: those told with operator or approach,
    else with a side, else any.
    """
    done = [fact for fact in facts if is_surgery(fact) and is_done(fact) and sure([fact])]
    return in_time(told_best([fact for fact in operations(done) if fact.at is not None]))


def told_best(facts: Sequence[Fact]) -> list[Fact]:
    """Return the operations themselves: those told with operator or approach, else those with a side, else
    what is principal.
    """
    told = [fact for fact in facts if fact.details.get("operator") or fact.details.get("approach")]
    return principal(told or [fact for fact in facts if fact.side] or facts)
