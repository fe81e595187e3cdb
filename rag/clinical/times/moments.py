"""Times that a text names, the days that relative ones count from, and the words of time of every
language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.phrases import rows
from rag.core.facts import Period, Precision

WhenSort = Literal["at", "since", "until", "ahead", "lasting"]
LANGUAGES = served()
_HALF_DAY = 12
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class When:
    """A time named at a span. ``period`` is None where no calendar has the date or its anchor is unknown."""

    start: int
    end: int
    period: Period | None
    sort: WhenSort = "at"
    is_future: bool = False
    is_relative: bool = False
    event: str = ""
    """What the date is of, where the words before it say so: operation, admission, discharge, birth."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The days that relative times count from, None where unknown."""

    authored: date | None
    operation: date | None = None
    admission: date | None = None
    discharge: date | None = None
    birth: date | None = None


def day_of(iso: str | None) -> date | None:
    """Return the day of an ISO time, the first of its month or year where it says no more."""
    found = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", iso or "")
    return calendar_day(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None


def calendar_day(year: int, month: int, day: int) -> date | None:
    """Return a day, None where no calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def of_day(day: date) -> Period:
    """Return the period of one day."""
    return Period(day.isoformat(), day.isoformat(), "day")


def days_from(base: date | None, days: int) -> Period | None:
    """Return the period of the day so many days from another, None where that is unknown or no calendar has
    it.
    """
    try:
        return of_day(base + timedelta(days=days)) if base is not None else None
    except OverflowError:
        return None


def moved(base: date | None, count: int, unit: str) -> Period | None:
    """Return a time so many units from a day; as precise as its unit: days of days and weeks, months of
    months, years of years.
    """
    if base is None:
        return None
    if unit == "hour":
        return (
            days_from(base, count // 24)
            if count % 24 == 0
            else (of_day(base) if abs(count) < _HALF_DAY else None)
        )
    if unit in _DAYS:
        return days_from(base, count * _DAYS[unit])
    months = base.year * 12 + base.month - 1 + count * (12 if unit == "year" else 1)
    if not 12 < months < 9999 * 12:
        return None
    precision: Precision = "year" if unit == "year" else "month"
    text = f"{months // 12:04d}" if unit == "year" else f"{months // 12:04d}-{months % 12 + 1:02d}"
    return Period(text, text, precision)


def is_future_of(period: Period | None, authored: date | None) -> bool:
    """Tell whether a period begins after the day of the note."""
    start = day_of(period.start or period.end) if period else None
    return authored is not None and start is not None and start > authored


def _by_name(table: str) -> dict[str, str]:
    """Return the keys of one table of the words of time by their flat names in every language."""
    return {
        flat(name): key
        for language in LANGUAGES
        for key, names in rows(language, "times").get(table, {}).items()
        for name in names
    }


@cache
def months() -> dict[str, int]:
    """Return the numbers of the months by their flat names."""
    return {name: int(number) for name, number in _by_name("months").items()}


@cache
def units() -> dict[str, str]:
    """Return the units of time by their flat names."""
    return _by_name("units")


@cache
def numbers() -> dict[str, int]:
    """Return the numbers of number words."""
    return {name: int(number) for name, number in _by_name("numbers").items()}
