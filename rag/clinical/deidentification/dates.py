"""Dates, found as records write them, and moved by a number of days within the room that they took."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from rag.clinical.deidentification.words import in_order, listed
from rag.clinical.folding import flat

_NUMERIC = re.compile(
    r"(?<![\d.,/])(\d{1,2})( ?[/.-] ?| ?\| ?)(\d{1,2})(?: ?[/.-] ?| ?\| ?)(\d{4}|\d{2})(?![\d/]|[.,]\d)"
)
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/])(\d{2})[-/](\d{2})(?!\d)")
_DAY_MONTH = re.compile(r"(?<![\d.,/])\d{1,2} ?/ ?\d{1,2}(?![\d/%]|[.,]\d| ?(?:mmhg|cm|mm))")
_MONTH_YEAR = re.compile(r"(?<![\d.,/])(?:0[1-9]|1[0-2]) ?[/. -] ?(?:19|20)\d\d(?!\d)")
_YEAR = re.compile(
    r"(?<![\w.,/])(?:19[0-9]|20[0-7])\d(?![\w%]|[.,]\d"
    r"| ?(?:mg|ml|g|ui|mmol|kcal|cal|m2|µg|l|cc|h|w|kg|units?)\b)"
)
_SPACED = re.compile(r"(?<!\d)[0-3] ?\d ?[. ] ?[01] ?\d ?[. ] ?[12](?: ?\d){2,3}(?! ?\d)")
_SIX = re.compile(r"(?:(?<=\ble )|(?<=\bdu )|(?<=\bau ))[0-3]\d[01]\d{3}(?!\d)")
_FEW = re.compile(r"(?<!\d)[0-3] \d [01] \d [12](?: \d){1,2}(?! ?\d)")
_COMPACT = re.compile(r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in a text; ``day`` where it is a whole day that can be moved."""

    start: int
    end: int
    day: date | None = None
    order: str = ""
    """How it is written: ``dmy/``, ``ymd-`` with its separator, "" otherwise."""


def dates(text: str) -> Iterator[WrittenDate]:
    """Yield the dates of a text, in no order; they may overlap."""
    plain = flat(text)
    for found in _ISO.finditer(text):
        yield WrittenDate(*found.span(), _day(found[1], found[3], found[4]), f"ymd{found[2]}")
    for found in _COMPACT.finditer(text):
        yield WrittenDate(*found.span(), _day(found[0][:4], found[0][4:6], found[0][6:]), "ymd")
    for found in _NUMERIC.finditer(text):
        day = _day(found[4], found[3], found[1])
        yield WrittenDate(
            *found.span(), day, f"dmy{found[2].strip()}" if len(found[4]) == 4 else f"dm2{found[2].strip()}"
        )
    for found in _written().finditer(plain):
        number = _months().get(found["month"] or "", 0)
        is_whole = found["day"] and found["day"].isdigit() and found["year"] and found["year"].isdigit()
        day = _day(found["year"], str(number), found["day"]) if is_whole else None
        yield WrittenDate(*found.span(), day, "text")
    for pattern in (_SPACED, _SIX, _first_of_two(), _FEW, _MONTH_YEAR, _DAY_MONTH, _YEAR):
        for found in pattern.finditer(plain):
            yield WrittenDate(*found.span())
    for found in _in_words().finditer(plain):
        yield WrittenDate(*found.span())


def moved(text: str, found: WrittenDate, days: int) -> str | None:
    """Return a date moved, in as many characters as it had; None where it is not a whole day or there is no
    room.
    """
    if found.day is None:
        return None
    room = found.end - found.start
    try:
        day = found.day + timedelta(days=days)
    except OverflowError:
        return None
    for written in _spellings(day, found.order):
        if len(written) <= room:
            return written.ljust(room)
    return None


def _spellings(day: date, order: str) -> Iterator[str]:
    separator = order[3:] if order[:3] in ("dmy", "dm2") else ""
    if order[:3] == "ymd":
        yield day.strftime(f"%Y{order[3:]}%m{order[3:]}%d")
        return
    if order[:3] in ("dmy", "dm2"):
        year = "%Y" if order[:3] == "dmy" else "%y"
        yield day.strftime(f"%d{separator}%m{separator}{year}")
        yield f"{day.day}{separator}{day.month}{separator}{day.strftime(year)}"
        return
    yield day.strftime("%d/%m/%Y")


def _day(year: str, month: str, day: str) -> date | None:
    whole = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 50 else 1900)
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """Return the number of each month by its name, in French and in English."""
    return {name: at % 12 + 1 for at, name in enumerate(in_order("months"))}


@cache
def _first_of_two() -> re.Pattern[str]:
    """The first day of ``du 18 au 29/03/2020``."""
    second = rf"\d{{1,2}}(?: ?/ ?\d{{1,2}}|(?:er)? (?:{_any_of('months')}))"
    return re.compile(rf"(?<![\d.,/])\d{{1,2}}(?= ?(?:au|et|a|ou|to|and|-) ?{second})")


@cache
def _written() -> re.Pattern[str]:
    """``12 mars 2024``, ``March 12, 2024``, ``fin mars``, ``03feb``; the day or the year in words too."""
    months, short, number = _any_of("months"), _any_of("short_months"), _any_of("number_words")
    words = rf"(?:(?:{number})[ -]){{0,5}}(?:{number})"
    day = rf"(?:(?P<day>\d{{1,2}}|{words}|{_any_of('date_parts')})(?:er|st|nd|rd|th)?,?[ -])"
    in_words = rf"deux[ -]mill?es?(?:[ -](?:{number}|\d)s?){{0,4}}|mille(?:[ -](?:{number}|\d)s?){{1,6}}"
    year = rf"(?:,?[ -](?P<year>\d{{4}}|\d{{2}}(?![\d:h])|{in_words}))"
    ways = (
        rf"{day}?(?P<month>{months})(?! (?:{months}))(?:[ ]\d{{1,2}},)?{year}?",
        rf"\d{{1,2}} ?(?:{short})\.?(?: ?\d{{2,4}})?",
        rf"(?:{short})\.? ?(?:\d{{1,2}}, ?)?\d{{4}}",
        rf"(?:{words}) [01]\d (?:19|20)\d\d",
    )
    return re.compile(rf"(?<!\w)(?:(?:{_any_of('weekdays')}) )?(?:{'|'.join(ways)})(?!\w)")


def _any_of(name: str) -> str:
    return "|".join(sorted(listed(name), key=len, reverse=True))


@cache
def _in_words() -> re.Pattern[str]:
    number = _any_of("number_words")
    new = rf"deux[ -]mill?es?(?:[ -](?:{number})s?){{1,4}}"
    old = rf"mille[ -]neuf[ -]cents?(?:[ -](?:{number})s?){{1,5}}"
    return re.compile(rf"(?<!\w)(?:{new}|{old}|(?:{_any_of('date_parts')})[ -](?:19|20)\d\d)(?!\w)")
