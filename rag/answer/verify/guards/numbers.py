"""Guard: every number of the claim must be in the premise, with a compatible unit and limit.

A number that the premise lacks is never let through: the claim contradicts a premise that gives another value
of the same kind, and is unsupported by one that gives none.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rag.answer.verify.guards.finding import Finding, Severity
from rag.clinical.measures.quantities import Quantity, Reading

_KIND_OF = {"date": "date", "clock": "date", "day": "date"}


def check_numbers(premise: Sequence[Quantity], claim: Sequence[Quantity], claim_text: str) -> list[Finding]:
    """Return the numbers, units, limits and dates of the claim that the premise lacks or gives otherwise,
    frequencies apart.
    """
    findings = []
    for quantity in claim:
        if quantity.kind == "frequency":
            continue
        same = [other for other in premise if agree(quantity, other, premise)]
        finding = (
            _bound_finding(quantity, same, claim_text) if same else _missing(quantity, premise, claim_text)
        )
        if finding is not None:
            findings.append(finding)
    return findings


def agree(claimed: Quantity, given: Quantity, premise: Sequence[Quantity]) -> bool:
    """Tell whether a number of the premise carries the claimed one. ``premise`` are all its numbers: a period
    may be given as two.
    """
    if claimed.kind == "date" and given.kind == "date":
        return any(
            _dates_agree(ours, theirs, premise) for ours in claimed.readings for theirs in given.readings
        )
    if (
        claimed.kind == given.kind
        and claimed.kind != "number"
        and not claimed.readings.isdisjoint(given.readings)
    ):
        return True
    if claimed.kind == "ratio" and given.kind == "ratio":
        return _scaled(claimed.readings, 10) == given.readings or claimed.readings == _scaled(
            given.readings, 10
        )  # 12/8 is 120/80 mmHg
    if claimed.kind in ("range", "ratio") and given.kind in ("number", "range"):
        return all(
            any(_value_in(value, claimed, other) for other in premise) for value in min(claimed.readings)
        )
    if given.kind == "range":
        return claimed.kind == "number" and _is_limit_of(claimed, given)
    return _single_values_agree(claimed, given)


def _scaled(readings: frozenset[Reading], factor: int) -> frozenset[Reading]:
    return frozenset(
        tuple(value * factor if isinstance(value, Fraction) else value for value in reading)
        for reading in readings
    )


def _single_values_agree(claimed: Quantity, given: Quantity) -> bool:
    if claimed.kind in ("code", "range", "ratio") or given.kind in ("code", "range", "ratio"):
        return False
    if claimed.kind == "clock" or given.kind == "clock":
        return not _hours(claimed).isdisjoint(_hours(given))
    if {claimed.kind, given.kind} == {"day", "number"} and _dimension(claimed, given) == "time":
        return not _plain(claimed).isdisjoint(_plain(given)) and 24 in (claimed.factor, given.factor)
    if claimed.dimension and given.dimension:
        return claimed.dimension == given.dimension and not claimed.values.isdisjoint(given.values)
    return not _plain(claimed).isdisjoint(_plain(given))


def _dimension(claimed: Quantity, given: Quantity) -> str:
    return claimed.dimension or given.dimension


def _plain(quantity: Quantity) -> frozenset[Fraction]:
    """Return the values as written; the year of a date that is a year alone."""
    if quantity.kind == "date":
        return frozenset(
            Fraction(year) for year, month, _ in quantity.readings if isinstance(year, int) and month is None
        )
    return frozenset(
        reading[0]
        for reading in quantity.readings
        if isinstance(reading[0], Fraction) and not any(reading[1:])
    )


def _hours(quantity: Quantity) -> frozenset[tuple[object, object]]:
    """Return the times of day that a quantity may mean: ``7 pm`` is 19:00, and is the 7 of "at 7"."""
    if quantity.kind == "clock":
        return frozenset(
            (hour, minute)
            for reading in quantity.readings
            for hour, minute in (reading, (int(str(reading[0])) % 12, reading[1]))
        )
    is_hour = quantity.dimension in ("", "time") and quantity.factor == 1
    return frozenset((int(value), 0) for value in _plain(quantity) if is_hour and value.denominator == 1)


def _dates_agree(claimed: Reading, given: Reading, premise: Sequence[Quantity]) -> bool:
    """Tell whether a date says no more than another. A year that the date lacks may stand in another date of
    the premise.
    """
    for position, (ours, theirs) in enumerate(zip(claimed, given, strict=True)):
        if ours is None or ours == theirs:
            continue
        elsewhere = position == 0 and any(
            other.kind == "date" and any(reading[0] == ours for reading in other.readings)
            for other in premise
        )
        if theirs is not None or not elsewhere:
            return False
    return True


def _is_limit_of(claimed: Quantity, given: Quantity) -> bool:
    """Tell whether a number is the end of a range that it is said to be (``at least 5`` of ``5 to 7``)."""
    if claimed.dimension and given.dimension and claimed.dimension != given.dimension:
        return False
    place = {"low": 0, "high": 1, "until": 1}.get(claimed.bound)
    if place is None:
        return False
    factors = (
        (claimed.factor, given.factor)
        if claimed.dimension and given.dimension
        else (Fraction(1), Fraction(1))
    )
    ends = {end * factors[1] for reading in given.readings if isinstance(end := reading[place], Fraction)}
    return any(value * factors[0] in ends for value in _plain(claimed))


def _value_in(value: object, claimed: Quantity, other: Quantity) -> bool:
    if not isinstance(value, Fraction) or other.kind not in ("number", "range"):
        return False
    if claimed.dimension and other.dimension:
        return claimed.dimension == other.dimension and value * claimed.factor in other.values
    return any(value in reading for reading in other.readings)


def _missing(quantity: Quantity, premise: Sequence[Quantity], text: str) -> Finding | None:
    span = (quantity.start, quantity.end)
    written = text[quantity.start : quantity.end]
    if not quantity.dimension and quantity.is_small_word:
        return Finding("number", span, f"{written}: not counted in the premise", "doubt")
    rivals = [
        other for other in premise if other.kind == quantity.kind and other.dimension == quantity.dimension
    ]
    if not quantity.required:
        is_countered = (
            quantity.kind == "number" and quantity.dimension and any(other.required for other in rivals)
        )
        return (
            Finding("number", span, f"{written}: the premise gives another count", "contradiction")
            if is_countered
            else None
        )
    if quantity.kind == "number" and any(_differs_by_unit(quantity, other) for other in premise):
        return Finding(
            "unit", span, f"{written}: the premise gives this number with another unit", "contradiction"
        )
    is_typed = bool(quantity.dimension) or quantity.kind in ("date", "clock", "day", "stage")
    severity: Severity = "contradiction" if rivals and is_typed else "unsupported"
    detail = "the premise gives another value" if severity == "contradiction" else "not in the premise"
    return Finding("date" if quantity.kind in _KIND_OF else "number", span, f"{written}: {detail}", severity)


def _differs_by_unit(claimed: Quantity, given: Quantity) -> bool:
    both = bool(claimed.dimension) and bool(given.dimension) and given.kind == "number"
    return (
        both
        and not _plain(claimed).isdisjoint(_plain(given))
        and (claimed.dimension, claimed.factor) != (given.dimension, given.factor)
    )


def _bound_finding(quantity: Quantity, same: Sequence[Quantity], text: str) -> Finding | None:
    """Return a finding where a limit is turned round, dropped or added; ``within 14 days`` for ``14 days`` is
    only a doubt.
    """
    bounds = {other.bound for other in same if other.kind == "number"}
    ours = quantity.bound
    if quantity.kind != "number" or not bounds or ours in bounds or ({ours} | bounds) <= {"high", "until"}:
        return None
    span, written = (quantity.start, quantity.end), text[quantity.start : quantity.end]
    if ours and "" not in bounds and ours != "until" and bounds != {"until"}:
        return Finding("bound", span, f"{written}: the premise limits it the other way", "contradiction")
    if not ours and bounds <= {"low", "high"} and not quantity.is_small_word:
        return Finding("bound", span, f"{written}: the premise gives it as a limit", "unsupported")
    return Finding("bound", span, f"{written}: a limit is added or dropped", "doubt")
