"""Dates and times of day as French and English notes write them, brought to one form.

``12/03/2026`` = ``12 mars 2026`` = ``2026-03-12`` = ``March 12, 2026``. Day comes before month, as in French
and British records; a date of an English text whose two first parts may both be a month keeps both readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.clinical.folding import fold
from rag.clinical.language import all_of, detect_language, language, served

DateParts = tuple[int | None, int | None, int | None]
"""Year, month, day; None for a part that is not written."""

_ACCENTED = {"a": "[aàâä]", "c": "[cç]", "e": "[eéèêë]", "i": "[iîï]", "o": "[oôö]", "u": "[uùûü]"}


def _written(name: str) -> str:
    """Return the pattern of a month's name, with or without accents; *sept* is the number seven unless a
    point ends it.
    """
    return "".join(_ACCENTED.get(char, re.escape(char)) for char in name) + (r"\." if name == "sept" else "")


_MONTH_OF = {
    fold(name): number
    for code in served()
    for number, names in enumerate(language(code).months, 1)
    for name in names
}
_MONTH = rf"(?P<month>{'|'.join(_written(name) for name in sorted(_MONTH_OF, key=len, reverse=True))})\b\.?"
_ENDING = rf"(?:{'|'.join(re.escape(ending) for ending in all_of('day_endings'))})?"
_DAY = rf"(?P<day>\d{{1,2}}){_ENDING}"
_TO = rf"(?:\s*(?:au|et|to|and|-|–)\s*(?:le\s+)?(?P<other>\d{{1,2}}){_ENDING})?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ISO = re.compile(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?(?!\d)(?:T[\d:.+Z-]*)?")
_NUMERIC = re.compile(
    r"(?<![\d/.,])(?P<first>\d{1,2})(?P<sep>[/.-])(?P<second>\d{1,2})(?P=sep)(?P<year>(?:19|20)?\d\d)(?![\d/])"
)
_SHORT = re.compile(
    r"(?<![\d/.,])(?P<cue>\b(?:le|du|au|on|since|depuis|until)\s+)?(?P<day>[0-3]?\d)/(?P<month>0\d|1[0-2])(?![\d/%]|\s?(?:mmHg|cmHg))",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(
    rf"(?<![\d/.,]){_DAY}{_TO}\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?:de\s+)?{_YEAR})?(?!\d)", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+{_DAY}(?!\d){_TO}(?:,?\s+{_YEAR})?(?!\d)", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?\s+(?:de\s+)?{_YEAR}(?!\d)", re.IGNORECASE)
_ONLY_YEAR = re.compile(
    rf"(?<![\w.,/-]){_YEAR}(?:s\b|(?![\w/-]|[.,]\d|\s?(?:mg|g|mL|ml|UI|IU|U|m|kcal|patients|%)\b))"
)
_CLOCK = re.compile(
    r"(?<![\d.,:/])(?P<hour>[01]?\d|2[0-4])(?:\s?h\s?|:)(?P<minute>[0-5]\d)(?![\d:]|\s?m[lgL])(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<![\d.,:/])(?P<bare>1?\d)\s?(?P<only>[ap])\.?m\b\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, with each way it may be read."""

    start: int
    end: int
    readings: frozenset[DateParts]


@dataclass(frozen=True, slots=True)
class FoundClock:
    """A time of day in a text."""

    start: int
    end: int
    hour: int
    minute: int


def dates_in(text: str) -> list[FoundDate]:
    """Return the dates of a text in order; a pattern that says more wins over one that says less."""
    found: list[FoundDate] = []
    for pattern, reader in _READERS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            found.extend(
                FoundDate(_start(match), match.end(), readings)
                for readings in reader(match, text)
                if readings
            )
    return sorted(found, key=lambda date: date.start)


def clocks_in(text: str) -> Iterator[FoundClock]:
    """Yield the times of day that have minutes, or an am/pm."""
    for match in _CLOCK.finditer(text):
        hour = int(match["hour"] or match["bare"])
        half = (match["half"] or match["only"] or "").lower()
        yield FoundClock(
            match.start(),
            match.end(),
            hour % 12 + (12 if half == "p" else 0) if half else hour,
            int(match["minute"] or 0),
        )


def _start(match: re.Match[str]) -> int:
    return match.start("day") if "cue" in match.re.groupindex else match.start()


def _valid(year: int | None, month: int | None, day: int | None) -> frozenset[DateParts]:
    fits = (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31)
    return frozenset({(year, month, day)}) if fits else frozenset()


def _named(match: re.Match[str], _text: str) -> list[frozenset[DateParts]]:
    groups = match.groupdict()
    written = fold(groups["month"]).removesuffix(".")
    if written == "may" and groups["month"] == "may":  # the verb, not the month
        return []
    month = _MONTH_OF[written]
    year = int(groups["year"]) if groups.get("year") else None
    if not groups.get("day"):
        return [_valid(year, month, None)]
    days = [int(groups["day"])] + ([int(groups["other"])] if groups.get("other") else [])
    return [_valid(year, month, day) for day in days]


def _iso(match: re.Match[str], _text: str) -> list[frozenset[DateParts]]:
    return [_valid(int(match["year"]), int(match["month"]), int(match["day"]) if match["day"] else None)]


def _numeric(match: re.Match[str], text: str) -> list[frozenset[DateParts]]:
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    readings = _valid(year, second, first)
    if not readings or (first <= 12 and first != second and detect_language(text) == "en"):
        readings |= _valid(year, first, second)
    return [readings]


def _short(match: re.Match[str], _text: str) -> list[frozenset[DateParts]]:
    if not match["cue"] and not match["month"].startswith("0"):
        return []
    return [_valid(None, int(match["month"]), int(match["day"]))]


def _year(match: re.Match[str], _text: str) -> list[frozenset[DateParts]]:
    return [frozenset({(int(match["year"]), None, None)})]


_Reader = Callable[[re.Match[str], str], list[frozenset[DateParts]]]
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_ISO, _iso),
    (_NUMERIC, _numeric),
    (_DAY_MONTH, _named),
    (_MONTH_DAY, _named),
    (_MONTH_YEAR, _named),
    (_SHORT, _short),
    (_ONLY_YEAR, _year),
)
