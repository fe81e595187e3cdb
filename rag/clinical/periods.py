"""When: the dates of a note, absolute and relative, as periods anchored to the note's own date or to the operation it tells of.

Day comes before month, as in French and British records; an English note that writes a second part above 12 is read month first throughout. A
date that no calendar has (31/02) is kept with no period, so that what it governs gets no date rather than a wrong one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Literal

from rag.clinical.phrases import rows
from rag.clinical.words import flat
from rag.core.facts import Period, Precision

WhenSort = Literal["at", "since", "until", "ahead", "lasting"]
_LANGUAGES = ("fr", "en")
_DAYS = {"day": 1, "week": 7}
_BACK = 48
_YEAR = r"(?:19[2-9]\d|20[0-9]\d)"
_CLOCK = re.compile(r"(?:\s*(?:,|a|at|-)?\s*)(?P<hour>[01]?\d|2[0-3])\s?(?:h|:)\s?(?P<minute>[0-5]\d)(?!\d|[.,]\d|/)")
_SINCE = re.compile(r"\b(?:depuis|since|from|des|a partir|a compter|starting)\s+(?:le\s+|du\s+|l'annee\s+|environ\s+|au moins\s+)?$")
_UNTIL = re.compile(r"\b(?:jusqu'\s?(?:au|a|en)|until|till|through|up to|au plus tard)\s+(?:le\s+)?$")
_RANGE = re.compile(r"\b(?:du|from|entre le|between)\s+(?P<day>\d{1,2})(?:/(?P<month>\d{1,2}))?\s*(?:au|to|-|et le|and)\s*(?:le\s+)?$")
_SHORT_PAIR = re.compile(r"(?:\|\s?|\bon\s|\bdate:?\s|^)(\d{1,2})/(\d{1,2})(?![\d/])", re.MULTILINE)
_YEAR_CUE = re.compile(r"(?:\b(?:en|in|depuis|since|de|des|annee|circa|vers|fin|debut|ete|hiver|automne|printemps|from|of|early|late|until|jusqu'en)\s+|[(,:/;-]\s?|^\s*|\|\s?)$")


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


def whens_in(plain: str, authored_at: str | None, language: str, kind: str = "") -> tuple[tuple[When, ...], Anchors]:
    """Return the times of a flat text in order, none over another, and the days they count from."""
    authored = day_of(authored_at)
    absolute = list(_absolute(plain, authored, _is_month_first(plain, language, authored)))
    anchors = _anchors(absolute, authored, kind)
    taken = [(when.start, when.end) for when in absolute]
    relative = [when for when in _relative(plain, anchors) if all(when.end <= start or end <= when.start for start, end in taken)]
    return tuple(sorted(_without_overlap([*absolute, *relative]), key=lambda when: when.start)), anchors


def day_of(iso: str | None) -> date | None:
    """Return the day of an ISO time, the first of its month or year where it says no more."""
    found = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", iso or "")
    return _day(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None


def span_between(whens: Sequence[When], start: int, end: int) -> Sequence[When]:
    """Return the times that begin between two places."""
    starts = [when.start for when in whens]
    return whens[bisect_left(starts, start) : bisect_left(starts, end)]


@cache
def _months() -> dict[str, int]:
    return {flat(name): int(number) for language in _LANGUAGES for number, names in rows(language, "times")["months"].items() for name in names}  # type: ignore[attr-defined]


@cache
def _units() -> dict[str, str]:
    return {flat(name): unit for language in _LANGUAGES for unit, names in rows(language, "times")["units"].items() for name in names}


@cache
def _numbers() -> dict[str, int]:
    return {flat(name): int(number) for language in _LANGUAGES for number, names in rows(language, "times")["numbers"].items() for name in names}


@cache
def _absolute_pattern() -> re.Pattern[str]:
    months = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w-])(?P<iy>\d{{4}})-(?P<im>\d{{2}})(?:-(?P<id>\d{{2}}))?(?![\d-])(?:t(?P<ih>\d{{2}}):(?P<imin>\d{{2}})[\d:.+z-]*)?"
        rf"|(?<![\d/.,])(?P<n1>\d{{1,2}})(?P<sep>[/.-])(?P<n2>\d{{1,2}})(?P=sep)(?P<ny>{_YEAR}|\d\d)(?![\d/]|[.,]\d)"
        rf"|(?<![\d/.,])(?P<d>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?:of\s+|de\s+)?(?P<m>{months})\b\.?(?:,?\s+(?:de\s+)?(?P<y>{_YEAR}))?(?!\d)"
        rf"|\b(?P<m2>{months})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d|\s?(?:mg|g|ml|%))(?:,?\s+(?P<y2>{_YEAR}))?(?!\d)"
        rf"|\b(?P<m3>{months})\b\.?,?\s+(?:de\s+|of\s+)?(?P<y3>{_YEAR})(?!\d)"
        rf"|(?<![\d/.,])(?P<sd>[0-3]?\d)/(?P<sm>[0-3]?\d)(?![\d/%]|[.,]\d|\s?(?:mmhg|cmhg|j\b|jour|day))"
        rf"|(?<![\w.,/-])(?P<oy>{_YEAR})(?![\w/%-]|[.,]\d|\s?(?:mg|g|ml|ui|iu|u|m|cm|kcal|cal|patients|ml/|%|/)\b)"
    )


def _absolute(plain: str, authored: date | None, month_first: bool) -> Iterator[When]:
    for found in _absolute_pattern().finditer(plain):
        before = plain[max(0, found.start() - _BACK) : found.start()]
        if (read := _read(found, before, plain, authored, month_first)) is None:
            continue
        period, end = read
        sort: WhenSort = "since" if _SINCE.search(before) else "until" if _UNTIL.search(before) else "at"
        period, end = _with_clock(plain, period, end)
        start = found.start()
        if (spread := _RANGE.search(before)) and period is not None:
            period, start = _spread(spread, period), found.start() - len(before) + spread.start()
        if period is not None and sort == "since":
            period = Period(period.start, None, period.precision)
        elif period is not None and sort == "until":
            period = Period(None, period.end, period.precision)
        yield When(start, end, period, sort, _is_future(period, authored), event=_event(before, plain, start, end))


def _read(found: re.Match[str], before: str, plain: str, authored: date | None, month_first: bool) -> tuple[Period | None, int] | None:
    """Return the period of a match and where it ends; None where the digits are no date."""
    group = found.groupdict()
    if group["iy"]:
        return _period(int(group["iy"]), int(group["im"]), int(group["id"]) if group["id"] else None), found.end()
    if group["ny"]:
        year = int(group["ny"]) + (0 if len(group["ny"]) == 4 else 2000 if int(group["ny"]) <= (authored.year if authored else 2069) % 100 + 1 else 1900)
        first, second = int(group["n1"]), int(group["n2"])
        if group["sep"] == "." and len(group["ny"]) == 2 and not re.search(r"\b(?:le|du|au|on|date)\s*:?\s*$", before):
            return None
        day, month = (second, first) if month_first or (second > 12 >= first) else (first, second)
        return _period(year, month, day), found.end()
    if group["m"] or group["m2"]:
        name, day, year_text = (group["m"], group["d"], group["y"]) if group["m"] else (group["m2"], group["d2"], group["y2"])
        month, known = _months()[name], year_text is not None
        if name in ("may", "mar", "mars", "sep", "dec", "jan", "march", "sept") and not known and group["m2"]:
            return None  # "may 5", "mars 3": the verb, the planet, a marker
        year = int(year_text) if known else _year_for(month, int(day), authored)
        return (_period(year, month, int(day)) if year else None, found.end())
    if group["m3"]:
        return _period(int(group["y3"]), _months()[group["m3"]], None), found.end()
    if group["sd"]:
        first, second = int(group["sd"]), int(group["sm"])
        day, month = (second, first) if month_first or (second > 12 >= first) else (first, second)
        return _short(day, month, len(group["sm"]), before, plain[found.end() : found.end() + 12], authored, found.end())
    return (Period(group["oy"], group["oy"], "year"), found.end()) if _YEAR_CUE.search(before) else None


def _short(day: int, month: int, width: int, before: str, after: str, authored: date | None, end: int) -> tuple[Period | None, int] | None:
    """Read ``12/03``: a date after an article or where the month has two digits, and never a score or a pressure."""
    cued = re.search(r"\b(?:le|du|au|on|since|depuis|until|des le|from|date|bilan|bio|nfs|labs|entre le|et le)\s*:?\s*$", before)
    columns = before.rstrip(" ").endswith("|") or re.match(r"\s*\|", after) or re.match(r"\s*:(?!\d)", after) or before.rstrip().endswith(("(", "["))
    if not (cued or (width == 2 and columns)) or not 1 <= month <= 12 or day > 31 or day < 1:
        return None
    if re.search(r"\b(?:ta|pa|pas|bp|eva|score|en|apgar)\s*:?\s*$", before):
        return None
    year = _year_for(month, day, authored)
    return (_period(year, month, day) if year else None), end


def _year_for(month: int, day: int, authored: date | None) -> int | None:
    """Return the year that puts a day without one last before the note was written, or within half a year after."""
    if authored is None:
        return None
    this = _day(authored.year, month, min(day, 28))
    return authored.year if this is not None and this <= authored + timedelta(days=120) else authored.year - 1


def _period(year: int, month: int, day: int | None) -> Period | None:
    if day is None:
        return Period(f"{year:04d}-{month:02d}", f"{year:04d}-{month:02d}", "month") if 1 <= month <= 12 else None
    return Period(f"{year:04d}-{month:02d}-{day:02d}", f"{year:04d}-{month:02d}-{day:02d}", "day") if _day(year, month, day) else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def of_day(day: date) -> Period:
    """Return the period of one day."""
    return Period(day.isoformat(), day.isoformat(), "day")


def _with_clock(plain: str, period: Period | None, end: int) -> tuple[Period | None, int]:
    found = _CLOCK.match(plain, end)
    if period is None or period.precision != "day" or found is None:
        return period, end
    instant = f"{period.start}T{int(found['hour']):02d}:{found['minute']}"
    return Period(instant, instant, "minute"), found.end()


def _spread(found: re.Match[str], period: Period) -> Period:
    last = day_of(period.end)
    first = _day(last.year, int(found["month"] or last.month), int(found["day"])) if last else None
    return Period(first.isoformat(), period.end, "day") if first and last and first <= last else period


def _is_future(period: Period | None, authored: date | None) -> bool:
    start = day_of(period.start or period.end) if period else None
    return authored is not None and start is not None and start > authored


def _is_month_first(plain: str, language: str, authored: date | None) -> bool:
    """Tell whether an English note writes the month first: a second part above 12 says so, or a day that would else lie ahead of the note."""
    if language != "en":
        return False
    found = re.findall(rf"(?<![\d/.])(\d{{1,2}})/(\d{{1,2}})(?:/({_YEAR}|\d\d))?(?![\d/])(?!\s?mm)", plain)
    pairs = [(int(first), int(second), year) for first, second, year in found if 1 <= int(first) <= 31 and 1 <= int(second) <= 31]
    if any(first > 12 for first, _, year in pairs if year):
        return False
    if any(second > 12 for _, second, year in pairs if year) or any(int(first) <= 12 < int(second) <= 31 for first, second in _SHORT_PAIR.findall(plain)):
        return True
    years = [(first, second, int(year) + (2000 if len(year) == 2 else 0)) for first, second, year in pairs if year]
    ahead = [authored is not None and (day := _day(year, second, first)) is not None and day > authored for first, second, year in years]
    return any(ahead)


@cache
def _event_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for event in ("birth", "operation", "admission", "discharge"):
        names = sorted({flat(name) for language in _LANGUAGES for name in rows(language, "times")["events"][event]}, key=len, reverse=True)
        patterns.append((event, re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b\s*(?:\(\w+\))?\**\s*[:=|]?\**\s*(?:le |du |on |the )?$")))
    endings = "|".join(ending for language in _LANGUAGES for ending in rows(language, "times")["events"]["operation_endings"])
    patterns.append(("operation", re.compile(rf"(?:{endings})\b[^.;:,\n|]{{0,28}}\s(?:du|le|on|\()\s?$|(?:{endings})\b[^.;:,\n|]{{0,24}}\($")))
    return tuple(patterns)


def _event(before: str, plain: str, start: int, end: int) -> str:
    for event, pattern in _event_patterns():
        if pattern.search(before):
            return event
    return ""


def _anchors(whens: Sequence[When], authored: date | None, kind: str) -> Anchors:
    def first(event: str) -> date | None:
        days = (day_of(when.period.start or when.period.end) for when in whens if when.event == event and when.period and when.period.precision in ("day", "minute"))
        return next((day for day in days if day and (event == "birth" or authored is None or day <= authored)), None)

    operation = first("operation") or (authored if kind == "operative_report" else None)
    return Anchors(authored, operation, first("admission"), first("discharge"), first("birth"))


@cache
def _relative_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    units = "|".join(sorted(map(re.escape, _units()), key=len, reverse=True))
    numbers = "|".join(sorted(map(re.escape, _numbers()), key=len, reverse=True))
    amount = rf"(?:(?:environ|about|approximately|plus de|more than|une?|~|pres de|over)\s+)?(?P<n>\d{{1,3}}|{numbers})(?:aine\s+d[e'])?\s?(?:a\s\d+\s)?(?:d'|de\s)?(?P<unit>{units})(?!\w)"
    surgery = r"(?:de |of |the |l'|la |d')*(?:intervention|operation|chirurgie|surgery|bloc|procedure|geste|post[- ]?op\w*|postoperatively)"
    words = [(name, "|".join(sorted({flat(text) for language in _LANGUAGES for text in rows(language, "times")["words"][name]}, key=len, reverse=True)))
             for name in ("before_yesterday", "eve", "morrow", "today", "yesterday", "tomorrow", "last_week", "last_month", "last_year")]  # fmt: skip
    return (
        ("ago", re.compile(rf"\b(?:il y a|y a|ya|voici)\s+{amount}")),
        ("ago", re.compile(rf"(?<![\w.,/]){amount}\s+(?:ago|earlier|previously|auparavant|plus tot)\b")),
        ("surgery", re.compile(rf"(?<![\w.,/]){amount}\s+(?:apres|after|de|from|following|post)\s+{surgery}")),
        ("surgery", re.compile(rf"(?<![\w.,/]){amount}\s+(?:postoperatively|post-?op\b|postoperatoires?)")),
        ("ahead", re.compile(rf"\b(?:dans|d'ici|a revoir a|in|in about|controle a)\s+{amount}(?!\s+(?:avant|apres|ago|before))")),
        ("since", re.compile(rf"\b(?:depuis|dep|evoluant depuis|since|for the past|for the last|over the past|over the last)\s+(?:l'age de\s)?{amount}")),
        ("lasting", re.compile(rf"\b(?:for|pendant|durant|x|pdt)\s+{amount}")),
        ("day", re.compile(r"(?<![\w/.,])(?:j|pod|d)\s?#?\s?(?P<sign>[+-]?)\s?(?P<n>\d{1,3})(?![\w%/]|[.,]\d)(?P<of>\s+(?:de|d')\s?\w+)?")),
        ("day", re.compile(r"\b(?:post-?operative day|postop day|post-?op day|jour post-?operatoire)\s+#?(?P<sign>)(?P<n>\d{1,3})\b(?P<of>)")),
        ("month", re.compile(r"(?<=\ba )m(?P<n>\d{1,2})(?!\w)")),
        *((name, re.compile(rf"\b(?:{pattern})(?!\w)")) for name, pattern in words),
    )


def _relative(plain: str, anchors: Anchors) -> Iterator[When]:
    for name, pattern in _relative_patterns():
        for found in pattern.finditer(plain):
            when = _relative_one(name, found, anchors)
            if when is not None:
                yield when


def _relative_one(name: str, found: re.Match[str], anchors: Anchors) -> When | None:
    authored, operation = anchors.authored, anchors.operation
    group = found.groupdict()
    sort: WhenSort = "at"
    period: Period | None = None
    if name in ("ago", "since", "ahead", "surgery", "lasting"):
        count = int(group["n"]) if group["n"].isdigit() else _numbers()[group["n"]]
        unit = _units()[group["unit"]]
        base = operation if name == "surgery" else authored
        period = _moved(base, count if name in ("ahead", "surgery") else -count, unit)
        sort = "since" if name == "since" else "lasting" if name == "lasting" else "ahead" if name == "ahead" else "at"
        if period is not None and sort in ("since", "lasting"):
            period = Period(period.start, None, period.precision)
    elif name == "day":
        of = (group["of"] or "").strip()
        if of and not re.search(r"(?:op|chir|inter|bloc)", of):
            return When(found.start(), found.end() - len(group["of"] or ""), _of_life(of, int(group["n"]), anchors), is_relative=True)
        days = int(group["n"]) * (-1 if group["sign"] == "-" else 1)
        period = of_day(operation + timedelta(days=days)) if operation else None
    elif name == "month":
        period = _moved(operation, int(group["n"]), "month")
    else:
        base, days = (operation, {"eve": -1, "morrow": 1}[name]) if name in ("eve", "morrow") else (authored, _WORD_DAYS[name])
        period = of_day(base + timedelta(days=days)) if base else None
        if name == "last_month" and base:
            period = _moved(base, -1, "month")
        elif name == "last_year" and base:
            period = _moved(base, -1, "year")
        sort = "ahead" if name == "tomorrow" else "at"
    return When(found.start(), found.end(), period, sort, _is_future(period, authored), is_relative=True)


_WORD_DAYS = {"today": 0, "yesterday": -1, "before_yesterday": -2, "tomorrow": 1, "last_week": -7, "last_month": -30, "last_year": -365}


def _of_life(of: str, days: int, anchors: Anchors) -> Period | None:
    if re.search(r"vie|naiss|life", of) and anchors.birth:
        return of_day(anchors.birth + timedelta(days=days))
    if re.search(r"hosp|admi", of) and anchors.admission:
        return of_day(anchors.admission + timedelta(days=days))
    return None


def _moved(base: date | None, count: int, unit: str) -> Period | None:
    """Return a time so many units from a day; as precise as its unit: days of days and weeks, months of months, years of years."""
    if base is None:
        return None
    if unit == "hour":
        return of_day(base + timedelta(hours=count)) if abs(count) % 24 == 0 else (of_day(base) if abs(count) < 12 else None)
    if unit in _DAYS:
        try:
            return of_day(base + timedelta(days=count * _DAYS[unit]))
        except OverflowError:
            return None
    months = base.year * 12 + base.month - 1 + count * (12 if unit == "year" else 1)
    if not 12 < months < 9999 * 12:
        return None
    precision: Precision = "year" if unit == "year" else "month"
    text = f"{months // 12:04d}" if unit == "year" else f"{months // 12:04d}-{months % 12 + 1:02d}"
    return Period(text, text, precision)


def _without_overlap(whens: list[When]) -> list[When]:
    kept: list[When] = []
    for when in sorted(whens, key=lambda when: (when.is_relative, when.start - when.end)):
        if all(when.end <= other.start or other.end <= when.start for other in kept):
            kept.append(when)
    return kept


__all__ = ["Anchors", "When", "WhenSort", "day_of", "of_day", "replace", "span_between", "whens_in"]
