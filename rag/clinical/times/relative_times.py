"""Times told from another day: ``il y a 3 jours``, ``hier``, ``J2``, ``POD 2``, ``the day before surgery``,
``depuis 3 semaines``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from rag.clinical.folding import flat
from rag.clinical.phrases import listed
from rag.clinical.times.moments import (
    LANGUAGES,
    Anchors,
    When,
    WhenSort,
    days_from,
    is_future_of,
    moved,
    numbers,
    units,
)
from rag.core.facts import Period

_WORD_DAYS = {
    "today": 0,
    "yesterday": -1,
    "before_yesterday": -2,
    "tomorrow": 1,
    "last_week": -7,
    "last_month": -30,
    "last_year": -365,
}


def _words_of(name: str) -> list[str]:
    return sorted(
        {flat(text) for language in LANGUAGES for text in listed(language, "times", "words", name)},
        key=len,
        reverse=True,
    )


def relative_times(plain: str, anchors: Anchors) -> Iterator[When]:
    """Yield the relative times of a flat text; those whose day is not known have no period."""
    for name, pattern in _relative_patterns():
        for found in pattern.finditer(plain):
            when = _relative_one(name, found, anchors)
            if when is not None:
                yield (
                    _since(when) if _SINCE.search(plain[max(0, found.start() - 10) : found.start()]) else when
                )


_SINCE = re.compile(r"\b(?:depuis|since|des)\s$")


def _since(when: When) -> When:
    """Return a time as the beginning of a period: ``depuis hier``."""
    period = when.period
    opened = Period(period.start, None, period.precision) if period is not None else None
    return replace(when, period=opened, sort="since")


@cache
def _relative_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    unit = "|".join(sorted(map(re.escape, units()), key=len, reverse=True))
    number = "|".join(sorted(map(re.escape, numbers()), key=len, reverse=True))
    amount = (
        r"(?:(?:environ|about|approximately|plus de|more than|une?|~|pres"
        rf" de|over)\s+)?(?P<n>\d{{1,3}}|{number})(?:aine\s+d[e'])?\s?"
        rf"(?:a\s\d+\s)?(?:d'|de\s)?(?P<unit>{unit})(?!\w)"
    )
    surgery = (
        r"(?:de |of |the |l'|la |d')*(?:intervention|operation|chirurgie|surgery|bloc|procedure|geste|post[-"
        r" ]?op\w*|postoperatively)"
    )
    names = (
        "before_yesterday",
        "eve",
        "morrow",
        "today",
        "yesterday",
        "tomorrow",
        "last_week",
        "last_month",
        "last_year",
    )
    words = [(name, "|".join(_words_of(name))) for name in names]
    return (
        ("ago", re.compile(rf"\b(?:il y a|y a|ya|voici)\s+{amount}")),
        ("ago", re.compile(rf"(?<![\w.,/]){amount}\s+(?:ago|earlier|previously|auparavant|plus tot)\b")),
        (
            "surgery",
            re.compile(rf"(?<![\w.,/]){amount}\s+(?:apres|after|de|from|following|post)\s+{surgery}"),
        ),
        ("surgery", re.compile(rf"(?<![\w.,/]){amount}\s+(?:postoperatively|post-?op\b|postoperatoires?)")),
        (
            "ahead",
            re.compile(
                r"\b(?:dans|d'ici|a revoir a|revue? a|rdv a|consultation a|next review|in|in about|controle"
                rf" a)\s+{amount}(?!\s+(?:avant|apres|ago|before))"
            ),
        ),
        (
            "since",
            re.compile(
                r"\b(?:depuis|dep|evoluant depuis|since|for the past|for the last|over the past|over the"
                rf" last)\s+(?:l'age de\s)?{amount}"
            ),
        ),
        ("lasting", re.compile(rf"\b(?:for|pendant|durant|x|pdt)\s+{amount}")),
        (
            "day",
            re.compile(
                r"(?<![\w/.,])(?:j|pod|d)\s?#?\s?(?P<sign>[+-]?)\s?(?P<n>\d{1,3})(?![\w%/]|[.,]\d)(?P<of>\s+(?:de|d')\s?\w+)?"
            ),
        ),
        (
            "day",
            re.compile(
                r"\b(?:post-?operative day|postop day|post-?op day|jour"
                r" post-?operatoire)\s+#?(?P<sign>)(?P<n>\d{1,3})\b(?P<of>)"
            ),
        ),
        ("month", re.compile(r"(?<=\ba )m(?P<n>\d{1,2})(?!\w)")),
        *((name, re.compile(rf"\b(?:{pattern})(?!\w)")) for name, pattern in words),
    )


def _relative_one(name: str, found: re.Match[str], anchors: Anchors) -> When | None:
    authored, operation = anchors.authored, anchors.operation
    group = found.groupdict()
    sort: WhenSort = "at"
    period: Period | None = None
    if name in ("ago", "since", "ahead", "surgery", "lasting"):
        count = int(group["n"]) if group["n"].isdigit() else numbers()[group["n"]]
        unit = units()[group["unit"]]
        base = operation if name == "surgery" else authored
        period = moved(base, count if name in ("ahead", "surgery") else -count, unit)
        sort = (
            "since"
            if name == "since"
            else "lasting"
            if name == "lasting"
            else "ahead"
            if name == "ahead"
            else "at"
        )
        if period is not None and sort in ("since", "lasting"):
            period = Period(period.start, None, period.precision)
    elif name == "day":
        of = (group["of"] or "").strip()
        if of and not re.search(r"(?:op|chir|inter|bloc)", of):
            return When(
                found.start(),
                found.end() - len(group["of"] or ""),
                _of_life(of, int(group["n"]), anchors),
                is_relative=True,
            )
        days = int(group["n"]) * (-1 if group["sign"] == "-" else 1)
        period = days_from(operation, days)
    elif name == "month":
        period = moved(operation, int(group["n"]), "month")
    else:
        base, days = (
            (operation, {"eve": -1, "morrow": 1}[name])
            if name in ("eve", "morrow")
            else (authored, _WORD_DAYS[name])
        )
        period = days_from(base, days)
        if name == "last_month" and base:
            period = moved(base, -1, "month")
        elif name == "last_year" and base:
            period = moved(base, -1, "year")
        sort = "ahead" if name == "tomorrow" else "at"
    return When(found.start(), found.end(), period, sort, is_future_of(period, authored), is_relative=True)


def _of_life(of: str, days: int, anchors: Anchors) -> Period | None:
    if re.search(r"vie|naiss|life", of) and anchors.birth:
        return days_from(anchors.birth, days)
    if re.search(r"hosp|admi", of) and anchors.admission:
        return days_from(anchors.admission, days)
    return None
