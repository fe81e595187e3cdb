"""Dates written in full or in part, each with its period: ``12/03/04``, ``le 1er février``, ``mars 2024``,
``2022``.

Day comes before month, as in French and British records; an English note that writes a second part above 12,
its own day so, or a day that would else lie ahead of it, is read month first throughout. A date that no
calendar has (31/02) is kept with no period.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from rag.clinical.folding import flat
from rag.clinical.phrases import listed
from rag.clinical.times.moments import LANGUAGES, When, WhenSort, calendar_day, day_of, is_future_of, months
from rag.core.facts import Period

_MOST_AHEAD = 120
"""Days that a date without a year may lie ahead of its note."""
_BACK = 48
_YEAR = r"(?:19[2-9]\d|20[0-9]\d)"
_CLOCK = re.compile(
    r"(?:[ \t]*(?:,|a|at|-)?[ \t]*)(?P<hour>[01]?\d|2[0-3])\s?(?:h|:)\s?(?P<minute>[0-5]\d)(?!\d|[.,]\d|/)"
)
_SINCE = re.compile(
    r"\b(?:depuis|since|from|des|a partir|a compter|starting)\s+(?:le\s+|du\s+|l'annee\s+|environ\s+|au"
    r" moins\s+)?$"
)
_UNTIL = re.compile(
    r"\b(?:fin(?: prevue)?(?= le)|end(?:ing)? on|jusqu'\s?(?:au|a|en)|until|till|through|up to"
    r"|au plus tard)\s+(?:le\s+)?$"
)
_RANGE = re.compile(
    r"\b(?:du|from|entre le|between)\s+(?P<day>\d{1,2})(?:/(?P<month>\d{1,2}))?\s*(?:au|to|-|et"
    r" le|and)\s*(?:le\s+)?$"
)
_SHORT_PAIR = re.compile(r"(?:\|\s?|\bon\s|\bdate:?\s|^)(\d{1,2})/(\d{1,2})(?![\d/])", re.MULTILINE)
_YEAR_CUE = re.compile(
    r"(?:\b(?:en|in|depuis|since|de|des|annee|circa|vers|fin|debut|ete|hiver|automne|printemps|from|of|early|late|until|jusqu'en)\s+"
    r"|[(,:/;-]\s?|^\s*|\|\s?)$"
)


def absolute_times(plain: str, authored: date | None, month_first: bool) -> Iterator[When]:
    """Yield the dates of a flat text in order."""
    for found in _absolute_pattern().finditer(plain):
        start = found.start("m4") if found["m4"] else found.start()
        before = plain[max(0, start - _BACK) : start]
        if (read := _read(found, before, plain, authored, month_first)) is None:
            continue
        period, end = read
        sort: WhenSort = "since" if _SINCE.search(before) else "until" if _UNTIL.search(before) else "at"
        period, end = _with_clock(plain, period, end)
        ahead = before
        if (spread := _RANGE.search(before)) and period is not None:
            ahead = before[: spread.start("day")]
            period, start = _spread(spread, period), start - len(before) + spread.start()
        if period is not None and sort == "since":
            period = Period(period.start, None, period.precision)
        elif period is not None and sort == "until":
            period = Period(None, period.end, period.precision)
        yield When(
            start, end, period, sort, is_future_of(period, authored), event=_event(ahead, plain, start, end)
        )


@cache
def _absolute_pattern() -> re.Pattern[str]:
    month = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w-])(?P<iy>\d{{4}})-(?P<im>\d{{2}})(?:-(?P<id>\d{{2}}))?(?![\d-])(?:t(?P<ih>\d{{2}}):(?P<imin>\d{{2}})[\d:.+z-]*)?"
        rf"|(?<![\d/.,])(?P<n1>\d{{1,2}})(?P<sep>[/.-])(?P<n2>\d{{1,2}})(?P=sep)(?P<ny>{_YEAR}|\d\d)(?![\d/]|[.,]\d)"
        rf"|(?<![\d/.,])(?P<d>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?:of\s+|de\s+)?(?P<m>{month})\b\.?(?:,?\s+(?:de\s+)?(?P<y>{_YEAR}))?(?!\d)"
        rf"|\b(?P<m2>{month})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d|\s?(?:mg|g|ml|%))(?:,?\s+(?P<y2>{_YEAR}))?(?!\d)"
        rf"|\b(?P<m3>{month})\b\.?,?\s+(?:de\s+|of\s+)?(?P<y3>{_YEAR})(?!\d)"
        rf"|\b(?:en|in|mi|mid|fin|debut|courant|depuis|since|early|late|mois de|mois d')[ -]?(?"
        rf"P<m4>{month})\b(?!\.?,?\s*\d)"
        rf"|(?<![\d/.,])(?P<sd>[0-3]?\d)/(?P<sm>[0-3]?\d)(?![\d/%]|[.,]\d|\s?(?:mmhg|cmhg|j\b|jour|day))"
        rf"|(?<![\w.,/-])(?P<oy>{_YEAR})(?![\w/%-]|[.,]\d|\s?(?:mg|g|ml|ui|iu|u|m|cm|kcal|cal|patients|ml/|%|/)\b)"
    )


def _read(
    found: re.Match[str], before: str, plain: str, authored: date | None, month_first: bool
) -> tuple[Period | None, int] | None:
    """Return the period of a match and where it ends; None where the digits are no date."""
    group = found.groupdict()
    if group["iy"]:
        return (
            _period(int(group["iy"]), int(group["im"]), int(group["id"]) if group["id"] else None),
            found.end(),
        )
    if group["ny"]:
        year = int(group["ny"]) + (
            0
            if len(group["ny"]) == 4
            else 2000
            if int(group["ny"]) <= (authored.year if authored else 2069) % 100 + 1
            else 1900
        )
        first, second = int(group["n1"]), int(group["n2"])
        if _SCORE.search(before):
            return None  # "Apgar 9/10/10"
        if (
            group["sep"] == "."
            and len(group["ny"]) == 2
            and not re.search(r"\b(?:le|du|au|on|date)\s*:?\s*$", before)
        ):
            return None
        day, month = (second, first) if month_first or (second > 12 >= first) else (first, second)
        return _period(year, month, day), found.end()
    if group["m"] or group["m2"]:
        name, number, year_text = (
            (group["m"], group["d"], group["y"]) if group["m"] else (group["m2"], group["d2"], group["y2"])
        )
        month, known = months()[name], year_text is not None
        if name in ("may", "mar", "mars", "sep", "dec", "jan", "march", "sept") and not known and group["m2"]:
            return None  # "may 5", "mars 3": the verb, the planet, a marker
        guessed = int(year_text) if known else _year_for(month, int(number), authored)
        return (_period(guessed, month, int(number)) if guessed else None, found.end())
    if group["m3"]:
        return _period(int(group["y3"]), months()[group["m3"]], None), found.end()
    if group["m4"]:
        month = months()[group["m4"]]
        of_month = _year_of_month(month, before, authored)
        return (_period(of_month, month, None) if of_month else None), found.end()
    if group["sd"]:
        first, second = int(group["sd"]), int(group["sm"])
        day, month = (second, first) if month_first or (second > 12 >= first) else (first, second)
        return _short(
            day,
            month,
            2 if month_first else len(group["sm"]),
            before,
            plain[found.end() : found.end() + 12],
            authored,
            found.end(),
        )
    if (
        _YEAR_CUE.search(before)
        or _OF_STAY.match(plain, found.end())
        or (_ends_item(plain, found.end()) and _listed_act().search(before))
    ):
        return Period(group["oy"], group["oy"], "year"), found.end()
    return None


def _short(
    day: int, month: int, width: int, before: str, after: str, authored: date | None, end: int
) -> tuple[Period | None, int] | None:
    """Read ``12/03``: a date after an article or where the month has two digits, and never a score or a
    pressure.
    """
    cued = re.search(
        r"\b(?:le|du|au|on|since|depuis|until|des le|from|date|bilan|bio|nfs|labs|entre le|et le)\s*:?\s*$",
        before,
    )
    columns = (
        before.rstrip(" ").endswith("|")
        or re.match(r"\s*\|", after)
        or re.match(r"\s*:(?!\d)", after)
        or before.rstrip().endswith(("(", "["))
    )
    columns = columns or (_LINE_START.search(before) is not None and _DAY_ENTRY.match(after) is not None)
    if not (cued or (width == 2 and columns)) or not 1 <= month <= 12 or day > 31 or day < 1:
        return None
    if re.search(r"\b(?:ta|pa|pas|bp|eva|score|en|apgar)\s*:?\s*$", before):
        return None
    year = _year_for(month, day, authored)
    return (_period(year, month, day) if year else None), end


_SCORE = re.compile(r"\bapgar\b[^\n;.]{0,24}$")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*(?:[-*•][ \t]*)?$")
_DAY_ENTRY = re.compile(r"\s+(?:a\s+)?\d{1,2}\s?[h:]\d{0,2}|\s*[:–-]\s|\s+[a-z]{3,}")
"""What follows a day that begins the entry of a diary: an hour, a mark, words."""


def _year_for(month: int, day: int, authored: date | None) -> int | None:
    """Return the year that puts a day without one last before the note was written, or within half a year
    after.
    """
    if authored is None:
        return None
    this = calendar_day(authored.year, month, min(day, 28))
    if this is not None and (this - authored).days <= _MOST_AHEAD:
        return authored.year
    return authored.year - 1 or None


_TO_COME = re.compile(
    r"\b(?:sera|seront|prevue?s?|programmee?s?|planifiee?s?|will|planned|scheduled|due|next|prochaine?s?|rdv|appointment|revoir|revue?)\b[^.;]*$"
)


def _year_of_month(month: int, before: str, authored: date | None) -> int | None:
    """Return the year of a month named alone: the last one that has come, the next of what is to come."""
    if authored is None:
        return None
    is_ahead = month > authored.month
    if _TO_COME.search(before):
        return authored.year if is_ahead or month == authored.month else authored.year + 1
    return authored.year - 1 if is_ahead else authored.year


def _period(year: int, month: int, day: int | None) -> Period | None:
    if day is None:
        return (
            Period(f"{year:04d}-{month:02d}", f"{year:04d}-{month:02d}", "month")
            if 1 <= month <= 12
            else None
        )
    return (
        Period(f"{year:04d}-{month:02d}-{day:02d}", f"{year:04d}-{month:02d}-{day:02d}", "day")
        if calendar_day(year, month, day)
        else None
    )


def _with_clock(plain: str, period: Period | None, end: int) -> tuple[Period | None, int]:
    found = _CLOCK.match(plain, end)
    if period is None or period.precision != "day" or found is None:
        return period, end
    instant = f"{period.start}T{int(found['hour']):02d}:{found['minute']}"
    return Period(instant, instant, "minute"), found.end()


def _spread(found: re.Match[str], period: Period) -> Period:
    last = day_of(period.end)
    first = calendar_day(last.year, int(found["month"] or last.month), int(found["day"])) if last else None
    return Period(first.isoformat(), period.end, "day") if first and last and first <= last else period


def is_month_first(plain: str, language: str, authored: date | None) -> bool:
    """Tell whether an English note writes the month first: a second part above 12 says so, or a day that
    would else lie ahead.
    """
    if language != "en":
        return False
    found = re.findall(rf"(?<![\d/.])(\d{{1,2}})/(\d{{1,2}})(?:/({_YEAR}|\d\d))?(?![\d/])(?!\s?mm)", plain)
    pairs = [
        (int(first), int(second), year)
        for first, second, year in found
        if 1 <= int(first) <= 31 and 1 <= int(second) <= 31
    ]
    if any(first > 12 for first, _, year in pairs if year):
        return False
    if any(second > 12 for _, second, year in pairs if year) or any(
        int(first) <= 12 < int(second) <= 31 for first, second in _SHORT_PAIR.findall(plain)
    ):
        return True
    years = [
        (first, second, int(year) + (2000 if len(year) == 2 else 0)) for first, second, year in pairs if year
    ]
    of_note = {
        is_first
        for first, second, year in years
        for is_first, day in ((True, (year, first, second)), (False, (year, second, first)))
        if authored is not None and first != second and calendar_day(*day) == authored
    }
    if len(of_note) == 1:  # the note writes its own day one way alone
        return of_note == {True}
    ahead = [
        authored is not None and (day := calendar_day(year, second, first)) is not None and day > authored
        for first, second, year in years
    ]
    return any(ahead)


_OF_STAY = re.compile(r"\s(?:admission|hospitali[sz]ation|stay|surgery|operation|episode|relapse)\b")
"""What a year qualifies in English: ``her 2019 admission``."""


def _ends_item(plain: str, end: int) -> bool:
    return (
        plain[end : end + 1] in ("", ",", ";", ".", ")", "\n", " ")
        and not plain[end : end + 2].strip().isdigit()
    )


@cache
def _listed_act() -> re.Pattern[str]:
    """Match an operation right before its year, as lists of past ones write it: ``appendectomy 1988``."""
    names = "|".join(
        re.escape(flat(name))
        for language in LANGUAGES
        for name in listed(language, "times", "events", "listed_acts")
    )
    return re.compile(rf"(?:{_endings()}|\b(?:{names}))\b[^.;:,\n|\d]{{0,28}}\s$")


def _endings() -> str:
    return "|".join(
        ending
        for language in LANGUAGES
        for ending in listed(language, "times", "events", "operation_endings")
    )


@cache
def _event_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for event in ("birth", "operation", "admission", "discharge"):
        names = sorted(
            {flat(name) for language in LANGUAGES for name in listed(language, "times", "events", event)},
            key=len,
            reverse=True,
        )
        patterns.append(
            (
                event,
                re.compile(
                    rf"\b(?:{'|'.join(map(re.escape, names))})\b\s*+(?:\(\w+\))?\**+\s*+[:=|]?\**+\s*+"
                    r"(?:le |du |on |the )?$"
                ),
            )
        )
    endings = _endings()
    patterns.append(
        (
            "operation",
            re.compile(
                rf"(?:{endings})\b[^.;:,\n|]{{0,28}}\s(?:du|le|on|\()\s?$|(?:{endings})\b[^.;:,\n|]{{0,24}}\($"
            ),
        )
    )
    return tuple(patterns)


def _event(before: str, plain: str, start: int, end: int) -> str:
    for event, pattern in _event_patterns():
        if pattern.search(before):
            return event
    return ""
