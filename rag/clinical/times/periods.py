"""When: the times of a note, absolute and relative, as periods anchored to the note's own day or to the
operation it tells of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.clinical.times.absolute_times import absolute_times, is_month_first
from rag.clinical.times.moments import Anchors, When, WhenSort, day_of, of_day
from rag.clinical.times.relative_times import relative_times

_BASE = re.compile(r"\s?(?:du|le|of|on|,)?\s?")


def whens_in(
    plain: str, authored_at: str | None, language: str, kind: str = ""
) -> tuple[tuple[When, ...], Anchors]:
    """Return the times of a flat text in order, none over another, and the days they count from."""
    authored = day_of(authored_at)
    absolute = list(absolute_times(plain, authored, is_month_first(plain, language, authored)))
    anchors = _anchors(absolute, authored, kind)
    taken = [(when.start, when.end) for when in absolute]
    relative = [
        when
        for when in relative_times(plain, anchors)
        if all(when.end <= start or end <= when.start for start, end in taken)
    ]
    relative = [_on_its_line(plain, when, absolute, authored) for when in relative]
    kept = sorted(_without_overlap([*absolute, *relative]), key=lambda when: when.start)
    return tuple(_without_bases(plain, kept)), anchors


def _on_its_line(plain: str, when: When, absolute: Sequence[When], authored: date | None) -> When:
    """Return *today* as the day that begins its line in a diary: ``18/01 : sonde retirée ce jour``."""
    if not _TODAY.match(plain, when.start) or authored is None or when.period != of_day(authored):
        return when
    start = plain.rfind("\n", 0, when.start) + 1
    head = next((one for one in absolute if start <= one.start <= start + _LEAD and one.sort == "at"), None)
    if head is None or head.period is None or head.end >= when.start or head.period.precision == "year":
        return when
    return replace(when, period=head.period)


_LEAD = 3
_TODAY = re.compile(r"(?:ce (?:jour|matin|soir)|aujourd|today|this (?:morning|evening))")


def _anchors(whens: Sequence[When], authored: date | None, kind: str) -> Anchors:
    def first(event: str) -> date | None:
        days = (
            day_of(when.period.start or when.period.end)
            for when in whens
            if when.event == event and when.period and when.period.precision in ("day", "minute")
        )
        return next(
            (day for day in days if day and (event == "birth" or authored is None or day <= authored)), None
        )

    operation = first("operation") or (authored if kind == "operative_report" else None)
    return Anchors(authored, operation, first("admission"), first("discharge"), first("birth"))


def _without_bases(plain: str, whens: Sequence[When]) -> list[When]:
    """Leave out the day that a relative time counts from, where it is named with it: ``le lendemain de
    l'intervention du 10/09``.
    """
    return [
        when
        for before, when in zip([None, *whens], whens, strict=False)
        if before is None
        or not before.is_relative
        or when.event != "operation"
        or not _BASE.fullmatch(plain, before.end, when.start)
    ]


def _without_overlap(whens: list[When]) -> list[When]:
    kept: list[When] = []
    for when in sorted(whens, key=lambda when: (when.is_relative, when.start - when.end)):
        if all(when.end <= other.start or other.end <= when.start for other in kept):
            kept.append(when)
    return kept


__all__ = ["Anchors", "When", "WhenSort", "day_of", "of_day", "whens_in"]
