"""Statements that cannot both be true of the same time. A value that changes, a drug that is stopped, an
allergy found later are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rag.clinical.record.sides import are_opposite
from rag.core.facts import Fact, Period
from rag.core.times import bounds

Why = Literal["allergy", "side", "value", "dose"]

_DAY = 86_400.0
_SAME_ACT_DAYS = 1
"""Days by which two documents may differ on when one operation was: the night between, a date of the report
for that of the act.
"""
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class RecordConflict:
    """Two or more facts that exclude each other, in the order of their documents, and in what."""

    facts: tuple[Fact, ...]
    why: Why


def conflicts_in(facts: Sequence[Fact]) -> tuple[RecordConflict, ...]:
    """Return the conflicts of one patient's facts, each pair of statements once, by kind and place."""
    sure = sorted(
        (fact for fact in facts if fact.confidence >= _SURE),
        key=lambda fact: (fact.recorded_at or "", fact.doc_id, fact.spans),
    )
    rules: dict[str, tuple[Why, Callable[[Fact, Fact], bool]]] = {
        "allergy": ("allergy", _allergy),
        "procedure": ("side", _side),
        "device": ("side", _side),
        "lab": ("value", _value),
        "vital": ("value", _value),
        "drug": ("dose", _dose),
    }
    found: list[RecordConflict] = []
    for kind, (why, excludes) in rules.items():
        for group in _by_concept(sure, kind):
            found += _merged([pair for pair in combinations(group, 2) if excludes(*pair)], why)
    return tuple(found)


def _by_concept(facts: Sequence[Fact], kind: str) -> Iterator[list[Fact]]:
    of_kind = [fact for fact in facts if fact.kind == kind and fact.assertion not in ("family", "hypothesis")]
    if kind == "allergy":
        yield of_kind  # "no known allergy" speaks of all of them
        return
    groups: dict[str, list[Fact]] = {}
    for fact in of_kind:
        groups.setdefault(fact.concept, []).append(fact)
    yield from groups.values()


def _merged(pairs: Sequence[tuple[Fact, Fact]], why: Why) -> Iterator[RecordConflict]:
    """Join pairs that share a fact: one conflict names all who take part."""
    open_: list[list[Fact]] = []
    for pair in pairs:
        home = next((group for group in open_ if any(fact in group for fact in pair)), None)
        if home is None:
            open_.append(list(pair))
        else:
            home += [fact for fact in pair if fact not in home]
    yield from (RecordConflict(tuple(group), why) for group in open_)


def _allergy(one: Fact, other: Fact) -> bool:
    """Tell whether an allergy is stated where another document, written later or on the same day, denies it;
    or any allergy at all.
    """
    if {one.status, other.status} != {"present", "documented_absent"}:
        return False
    present, absent = (one, other) if one.status == "present" else (other, one)
    return (
        absent.concept in (present.concept, "allergy")
        and (absent.recorded_at or "") >= (present.recorded_at or "")[:10]
    )


def _side(one: Fact, other: Fact) -> bool:
    same_act = {one.status, other.status} <= {"", "done", "planned", "in_place"}
    return same_act and are_opposite(one.side, other.side) and _days_apart(one.at, other.at) <= _SAME_ACT_DAYS


def _value(one: Fact, other: Fact) -> bool:
    if (
        one.value is None
        or other.value is None
        or one.unit != other.unit
        or one.comparator != other.comparator
    ):
        return False
    usable = {one.status, other.status}.isdisjoint({"unusable", "corrected", "preliminary"})
    return usable and one.value != other.value and _same_sample(one, other)


def _same_sample(one: Fact, other: Fact) -> bool:
    known = one.at is not None and other.at is not None and one.at.precision == other.at.precision == "minute"
    return known and one.at == other.at and one.details.get("specimen") == other.details.get("specimen")


def _dose(one: Fact, other: Fact) -> bool:
    """Tell whether two documents of one day give another dose of the same drug, and neither says that it was
    changed.
    """
    given = [fact.details.get("dose", "") for fact in (one, other)]
    stays = {one.status, other.status} <= {"", "continued", "given"}
    same_day = bool(one.recorded_at) and (one.recorded_at or "")[:10] == (other.recorded_at or "")[:10]
    same_rhythm = one.details.get("frequency", "") == other.details.get("frequency", "")
    return (
        all(given)
        and given[0] != given[1]
        and stays
        and same_day
        and same_rhythm
        and one.doc_id != other.doc_id
    )


def _days_apart(one: Period | None, other: Period | None) -> float:
    first, second = (_interval(period) for period in (one, other))
    if first is None or second is None:
        return float("inf")
    return max(0.0, first[0] - second[1], second[0] - first[1]) / _DAY


def _interval(period: Period | None) -> tuple[float, float] | None:
    if period is None or not (period.start or period.end):
        return None
    start, end = period.start or period.end or "", period.end or period.start or ""
    return bounds(start)[0], bounds(end)[1]
