"""Measured values made comparable: which stand, in one series each, in one unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

from rag.answer.from_facts.matching import row_of
from rag.answer.from_facts.record import day_of, in_time, moment, written
from rag.clinical.facts.measured.measures import possible_units
from rag.core.facts import Fact

_UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one thing in one specimen, in time; ``unusable`` are those that the record says mean
    nothing.
    """

    facts: tuple[Fact, ...]
    unusable: tuple[Fact, ...] = ()


def series_of(facts: Iterable[Fact]) -> list[Series]:
    """Return the series of each thing and specimen, the longest first; of equals the one of the blood."""
    grouped: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if fact.assertion == "present" and (fact.value is not None or fact.value_text):
            grouped.setdefault((fact.concept, fact.details.get("specimen", "").casefold()), []).append(fact)
    found = [_series(group) for group in grouped.values()]
    return sorted(
        found,
        key=lambda series: (
            -len(series.facts),
            series.facts[0].details.get("specimen", "") if series.facts else "~",
        ),
    )


def _series(facts: Sequence[Fact]) -> Series:
    spoilt = [fact for fact in facts if fact.status == _UNUSABLE]
    usable = [
        fact
        for fact in facts
        if fact.status != _UNUSABLE and not any(_is_of_sample(fact, other, facts) for other in spoilt)
    ]
    values = [fact for fact in facts if fact not in usable and fact.value is not None]
    return Series(tuple(_in_units(_standing(usable))), tuple(in_time(values or spoilt)))


def _in_units(facts: Sequence[Fact]) -> list[Fact]:
    """Suppose the unit of values written without one: the one that brings them near the values that have
    theirs.

    Where no value has a unit, each is in the first unit of the table in which a patient may have it.
    """
    known = [size for fact in facts if fact.unit and (size := compared(fact)) is not None and size > 0]
    middle = float(median(known)) if known else None
    return [fact if fact.unit or fact.value is None else _in_unit(fact, fact.value, middle) for fact in facts]


def _in_unit(fact: Fact, value: float, middle: float | None) -> Fact:
    units = possible_units(fact.concept, value)
    if middle is not None and value > 0:
        units = tuple(
            sorted(
                (unit for unit in units if _apart(value * float(unit.factor), middle) <= _FARTHEST),
                key=lambda unit: _apart(value * float(unit.factor), middle),
            )
        )
    if not units:
        return fact
    return replace(fact, details={**fact.details, _SUPPOSED: units[0].unit})


def _apart(one: float, other: float) -> float:
    """Return how many times one positive size is another, whichever is greater."""
    return max(one, other) / min(one, other)


_SUPPOSED = "supposed_unit"
_FARTHEST = 8.0
"""Times by which a value without a unit may differ from the middle of those that have one. Set by hand: less
than the factor between two units of one thing, more than most illnesses move a value.
"""


def _is_of_sample(fact: Fact, spoilt: Fact, facts: Sequence[Fact]) -> bool:
    """Tell whether a result is of a sample that a remark declares unusable: of its day, and of its value or
    of its report; a remark without a value is of the only value of its day, whoever repeats it.
    """
    if day_of(fact) != day_of(spoilt):
        return False
    is_of_another_hour = moment(fact) != moment(spoilt) and min(moment(fact), moment(spoilt)) % 86_400
    if is_of_another_hour or (moment(fact) != moment(spoilt) and fact.doc_id == spoilt.doc_id):
        return False
    if spoilt.value is not None:
        return fact.value == spoilt.value
    values = {one.value for one in facts if one.value is not None and day_of(one) == day_of(spoilt)}
    return fact.doc_id == spoilt.doc_id or values == {fact.value}


def _standing(facts: Sequence[Fact]) -> list[Fact]:
    """Leave out what a corrected or final result of the same time replaces."""
    replaced: set[int] = set()
    for fact in facts:
        for other in facts:
            if other is not fact and _is_of_one_time(fact, other) and _rank(other) > _rank(fact):
                replaced.add(id(fact))
    return in_time(fact for fact in facts if id(fact) not in replaced)


def _is_of_one_time(one: Fact, other: Fact) -> bool:
    return day_of(one) == day_of(other) and (
        moment(one) == moment(other) or min(moment(one), moment(other)) % 86_400 == 0
    )


def _rank(fact: Fact) -> int:
    return {"preliminary": 0, "corrected": 2}.get(fact.status, 1)


def latest(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the latest time; more than one where the record gives several values for it."""
    if not facts:
        return []
    day = day_of(facts[-1])
    last = [fact for fact in facts if day_of(fact) == day]
    exact = max(moment(fact) for fact in last)
    if exact % 86_400:
        last = [fact for fact in last if moment(fact) == exact]
    return [fact for fact in last if "earlier" not in fact.details] or last


def earliest(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the earliest time."""
    return (
        [fact for fact in facts if day_of(fact) == day_of(facts[0]) and moment(fact) == moment(facts[0])]
        if facts
        else []
    )


def compared(fact: Fact) -> Fraction | None:
    """Return the value in the first unit of its concept, None where it cannot be brought to it or has a
    limit.
    """
    if fact.value is None or fact.comparator not in ("", "~"):
        return None
    value = Fraction(str(fact.value))
    row = row_of(fact.concept)
    measures = row.measured_in if row else ()
    unit = fact.unit or fact.details.get(_SUPPOSED, "")
    if not measures or not unit:
        return value
    return next((value * measure.factor for measure in measures if measure.unit == unit), None)


def comparable(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts whose values can be told apart by size: those that convert; without units in the
    table, those of the last unit.
    """
    numbers = [fact for fact in facts if compared(fact) is not None]
    if not numbers:
        return []
    row = row_of(numbers[0].concept)
    if row is not None and row.measured_in:
        is_bare = {not (fact.unit or fact.details.get(_SUPPOSED)) for fact in numbers}
        return (
            numbers
            if len(is_bare) == 1
            else [fact for fact in numbers if fact.unit or _SUPPOSED in fact.details]
        )
    return [fact for fact in numbers if fact.unit == numbers[-1].unit]


def size(fact: Fact) -> Fraction:
    """Return the value of a fact of ``comparable``."""
    value = compared(fact)
    if value is None:
        raise ValueError("a fact whose value cannot be compared")
    return value


def disagree(facts: Sequence[Fact]) -> bool:
    """Tell whether several sure facts of one time give different values."""
    sizes = {compared(fact) if compared(fact) is not None else fact.value_text.casefold() for fact in facts}
    return len(sizes) > 1 and len({written(fact) for fact in facts}) > 1
