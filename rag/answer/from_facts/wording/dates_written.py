"""Where a document writes a date: what is cited beside a value whose own words do not give the day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.core.text import Span, sentence_spans
from rag.messages import LANGUAGES, message

_LONGEST_LINE = 160
_WHOLE = len("2026-02-12")


def written_at(text: str, iso: str, near: int) -> Span | None:
    """Return the place that writes a date (ISO 8601 of any precision), the nearest before ``near``, else the
    nearest after it.

    The place is the line, where it is short enough to be read as a quote, else the sentence, else the date
    alone.
    """
    found = _nearest(_written(iso), text, near)
    return _shown(text, found) if found else None


def _nearest(pattern: re.Pattern[str], text: str, near: int) -> Span | None:
    found = [match.span() for match in pattern.finditer(text)]
    before = [span for span in found if span[0] <= near]
    return max(before) if before else min(found, default=None)


def witnesses(text: str, iso: str, near: int) -> tuple[Span, ...]:
    """Return the places that together write a date: one that gives it whole, else its day and month
    (``12/02``) and its year.
    """
    if (whole := written_at(text, iso, near)) is not None:
        return (whole,)
    if len(iso) < _WHOLE:
        return ()
    short, year = _nearest(_short(iso), text, near), _nearest(_written(iso[:4]), text, near)
    return (_shown(text, short), _shown(text, year)) if short and year else ()


def is_written(quotes: Sequence[str], iso: str) -> bool:
    """Tell whether one of the quotes gives the date, or one its day and month and another its year."""
    if any(_written(iso).search(quote) for quote in quotes):
        return True
    has_day = len(iso) >= _WHOLE and any(_short(iso).search(quote) for quote in quotes)
    return has_day and any(_written(iso[:4]).search(quote) for quote in quotes)


@lru_cache(maxsize=4_096)
def _short(iso: str) -> re.Pattern[str]:
    """Return the pattern of a day and month without the year."""
    month, day = int(iso[5:7]), int(iso[8:10])
    names = "|".join(_month_forms(month))
    forms = (
        rf"0?{day}/{month:02}(?!/)",
        rf"0?{day}(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?:{names})\b",
        rf"(?:{names})\s+0?{day}(?:st|nd|rd|th)?",
    )
    return re.compile("|".join(f"(?<![\\d/.])(?:{form})(?![\\d/])" for form in forms), re.IGNORECASE)


@lru_cache(maxsize=4_096)
def _written(iso: str) -> re.Pattern[str]:
    before = r"(?<!\d)" if len(iso) == len("2026") else r"(?<![\d/.])"
    return re.compile("|".join(f"{before}(?:{form})(?!\\d)" for form in _forms(iso)), re.IGNORECASE)


def _forms(iso: str) -> Iterator[str]:
    year, *rest = iso[:10].split("-")
    if not rest:
        yield year
        return
    month = int(rest[0])
    names = "|".join(_month_forms(month))
    if len(rest) == 1:
        yield rf"(?:{names})\.?\s+(?:de\s+)?{year}"
        yield rf"{year}-{month:02}(?!-)|0?{month}/{year}"
        return
    day = int(rest[1])
    yield rf"{year}-{month:02}-{day:02}|{year}{month:02}{day:02}"
    yield rf"0?{day}\s?[/.-]\s?0?{month}\s?[/.-]\s?(?:{year}|{year[2:]})"
    yield rf"0?{month}/0?{day}/(?:{year}|{year[2:]})"
    yield rf"0?{day}(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?:{names})\.?,?\s+{year}"
    yield rf"(?:{names})\.?\s+0?{day}(?:st|nd|rd|th)?,?\s+{year}"


def _month_forms(month: int) -> list[str]:
    """Return the names of a month and their first three or four letters, longest first."""
    names = [message("facts.months", language).split()[month - 1] for language in LANGUAGES]
    plain = {form for name in names for form in (name, name.translate(_BARE))}
    short = {name[:length] for name in plain for length in (3, 4) if len(name) > length + 1}
    return [re.escape(form) for form in sorted(plain | short, key=len, reverse=True)]


_BARE = str.maketrans("éû", "eu")


def _shown(text: str, span: Span) -> Span:
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    line = (start, len(text) if end < 0 else end)
    if line[1] - line[0] <= _LONGEST_LINE:
        return _stripped(text, line)
    sentences = [cut for cut in sentence_spans(text, *line) if cut[0] <= span[0] and span[1] <= cut[1]]
    return sentences[0] if sentences and sentences[0][1] - sentences[0][0] <= _LONGEST_LINE else span


def _stripped(text: str, span: Span) -> Span:
    part = text[slice(*span)]
    return span[0] + len(part) - len(part.lstrip()), span[1] - len(part) + len(part.rstrip())
