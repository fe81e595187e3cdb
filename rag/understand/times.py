"""The time that a question asks about: a date, a period, an event of the record, or simply the latest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rag.clinical.measures.numbers import number_value
from rag.clinical.times.dates import DateParts, dates_in
from rag.understand.cues import found, has
from rag.understand.values import Anchor, TimeAsked, TimeMode

_BARE_MONTH = re.compile(
    r"\b(?:en|de|depuis|avant|apres|fin|debut|mi|et|a|au|entre|in|since|before|after|from|until|by|and|to|of|between|late|early)"
    r"[\s-]+(?P<word>[a-z]{3,9})\b(?!\s+\d)"
)
_JANUARY_TO_DECEMBER = range(1, 13)


def when_of(text: str, plain: str) -> TimeAsked:
    """Return the time that a question asks about. ``plain`` is the text in lower case without accents, of the
    same length.
    """
    dates = _dates(text, plain)
    day = _day(plain)
    months = _months(plain)
    anchors = _anchors(plain, is_after_operation=day is not None)
    anchor: Anchor = anchors[0] if anchors else ""
    mode = _mode(plain, bool(dates or day is not None), len(dates) + len(anchors), has_anchor=bool(anchor))
    return TimeAsked(mode, dates, anchor, day, months, anchors[1:])


def _mode(plain: str, is_dated: bool, dates: int, *, has_anchor: bool) -> TimeMode:
    if dates >= 2 and has("times", "between", plain):
        return "between"
    if _AROUND.search(plain):
        return "at" if is_dated and not has_anchor and dates >= 2 else "around"
    if is_dated or has_anchor:
        for mode in ("before", "after"):
            if has("times", mode, plain):
                return "before" if mode == "before" else "after"
        return "at"
    for name in ("latest", "first", "current"):
        if has("times", name, plain):
            return "latest" if name == "latest" else "first" if name == "first" else "current"
    return (
        "before"
        if re.search(r"(?<![^\W_])(?:avant|before|auparavant|previously)(?![^\W_])\s*\??\s*$", plain)
        else "any"
    )


def _dates(text: str, plain: str) -> tuple[DateParts, ...]:
    dated = [
        (date.start, date.end, min(date.readings, key=_likeliest)) for date in dates_in(text) if date.readings
    ]
    taken = [(start, end) for start, end, _ in dated]
    for start, end, month in bare_months(plain):
        if all(end <= first or last <= start for first, last in taken):
            dated.append((start, end, (None, month, None)))
    taken = [(start, end) for start, end, _ in dated]
    for match in _SHORT.finditer(plain):
        if all(match.end() <= first or last <= match.start() for first, last in taken):
            day, month = int(match["first"]), int(match["second"])
            day, month = (month, day) if month > _MONTHS >= day else (day, month)
            if 1 <= month <= _MONTHS and 1 <= day <= _MOST_DAYS:
                dated.append((match.start(), match.end(), (None, month, day)))
    return _with_years(tuple(parts for _, _, parts in sorted(dated, key=lambda item: item[0])))


_SHORT = re.compile(
    r"\b(?:le|du|au|et|entre|on|of|from|since|depuis|until|to|and)\s+(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\d/])"
)
_MONTHS, _MOST_DAYS = 12, 31


def _with_years(dates: tuple[DateParts, ...]) -> tuple[DateParts, ...]:
    """Give a date without a year that of the date named after it: ``May and November 2024``."""
    found: list[DateParts] = []
    for place, (year, month, day) in enumerate(dates):
        later = next(((y, m) for y, m, _ in dates[place + 1 :] if y is not None), None)
        if year is None and later is not None and month is not None:
            year = later[0] if later[1] is None or month <= later[1] else (later[0] or 0) - 1
        found.append((year, month, day))
    return tuple(dict.fromkeys(found))


def _likeliest(parts: DateParts) -> tuple[int, ...]:
    """Of several readings of one date, the one that names most; then the earliest, so that the choice is
    always the same.
    """
    return (sum(part is None for part in parts), *(part or 0 for part in parts))


def bare_months(plain: str) -> Iterator[tuple[int, int, int]]:
    """Yield months named alone after a preposition (``en mars``, ``since May``), which no date pattern
    reads.
    """
    for match in _BARE_MONTH.finditer(plain):
        if month := _month(match["word"]):
            yield match.start("word"), match.end("word"), month


@cache
def _month(word: str) -> int | None:
    """Return the number of a month by its name in either language: names of months live in
    ``rag/clinical/times/dates.py``.
    """
    read = [
        parts[1]
        for date in dates_in(f"15 {word.capitalize()} 2000")
        for parts in date.readings
        if parts[2] == 15
    ]
    return read[0] if read and read[0] in _JANUARY_TO_DECEMBER else None


def _day(plain: str) -> int | None:
    for match in found("times", "postoperative_day", plain):
        return int(next(group for group in match.groups() if group))
    return None


def _months(plain: str) -> int | None:
    for match in found("times", "months", plain):
        value = number_value(next(group for group in match.groups() if group))
        return int(value) if value else None
    return None


_AROUND = re.compile(
    r"\b(?:avant ?(?:et|puis|/) ?apres|apres ?(?:et|/) ?avant|before and after|after and before"
    r"|pre-? ?(?:et|and) post-?\w*|pre-?op\w* (?:et|and) post-?op\w*)\b"
)


def _anchors(plain: str, *, is_after_operation: bool) -> tuple[Anchor, ...]:
    found: list[Anchor] = []
    if is_after_operation or _is_relative_to_operation(plain):
        found.append("operation")
    if has("times", "admission", plain):
        found.append("admission")
    if has("times", "discharge", plain):
        found.append("discharge")
    return tuple(found)


def _is_relative_to_operation(plain: str) -> bool:
    """An operation is a time only where something is before or after it; otherwise it is what is asked
    about.
    """
    return has("times", "operation", plain) and (
        has("times", "before", plain) or has("times", "after", plain)
    )
