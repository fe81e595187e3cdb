"""Dates of tables as people write them: the day first, unless a column can only be read with the month
first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WRITTEN = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,à]+(\d{1,2})\s*[:h]\s*(\d{2})(?::(\d{2}))?)?"
)
_SPACED = re.compile(r"^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})")
_PIVOT = 70
"""A year of two digits below this is of this century, as in POSIX."""


def is_month_first(cells: Iterable[str]) -> bool:
    """Tell whether the dates of a column have the month first: some can only be read so, and none only the
    other way.
    """
    found = [match for cell in cells if (match := _WRITTEN.fullmatch(cell.strip()))]
    return any(int(date[3]) > 12 for date in found) and not any(int(date[1]) > 12 for date in found)


def iso_of(cell: str, *, month_first: bool = False) -> str:
    """Return a date written ``12/03/2026``, ``12.03.26`` or ``12/03/2026 14:30`` as ISO; anything else as it
    is.
    """
    found = _WRITTEN.fullmatch(cell.strip())
    if found is None:
        return _SPACED.sub(r"\1T\2", cell)
    first, _, second, year, hours, minutes, seconds = found.groups()
    day, month = (second, first) if month_first else (first, second)
    whole = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < _PIVOT else 1900)
    iso = f"{whole:04}-{int(month):02}-{int(day):02}"
    return iso if hours is None else f"{iso}T{int(hours):02}:{minutes}:{seconds or '00'}"
