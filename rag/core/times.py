"""Clinical times of any precision, as ISO 8601 text (``2026``, ``2026-03``, ``2026-03-12``, a full instant).

Hospitals know some dates only to the month or the year (FHIR has the same partial dates), so a time is an
interval: it starts at the first and ends at the last second it may mean. Times without a zone are read as
UTC.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Literal

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


def bounds(iso: str) -> tuple[float, float]:
    """Return the first and last second (POSIX time) that ``iso`` may mean.

    Raises:
        ValueError: the text is not an ISO 8601 date or instant.
    """
    partial = _PARTIAL.fullmatch(iso)
    if partial is None:
        instant = datetime.fromisoformat(iso)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return aware.timestamp(), aware.timestamp()
    year = int(partial[1])
    first = datetime(year, int(partial[2] or 1), int(partial[3] or 1), tzinfo=UTC)
    month = first.month if partial[2] else 12
    day = first.day if partial[3] else calendar.monthrange(year, month)[1]
    last = datetime(year, month, day, tzinfo=UTC) + timedelta(days=1, seconds=-1)
    return first.timestamp(), last.timestamp()


def precision_of(iso: str) -> Literal["year", "month", "day", "minute"]:
    """Return how exactly a clinical time is known."""
    return {4: "year", 7: "month", 10: "day"}.get(len(iso), "minute")  # type: ignore[return-value]


def is_clinical_time(iso: str) -> bool:
    """Tell whether the text can be read as a clinical time."""
    try:
        bounds(iso)
    except (ValueError, OverflowError):  # the second: before the year 1 or after 9999 once in UTC
        return False
    return True


def later_start(first: str | None, second: str | None) -> str | None:
    """Return the narrower of two lower limits, None where neither limits."""
    if first is None or second is None:
        return second if first is None else first
    return max(first, second, key=lambda iso: bounds(iso)[0])


def earlier_end(first: str | None, second: str | None) -> str | None:
    """Return the narrower of two upper limits, None where neither limits."""
    if first is None or second is None:
        return second if first is None else first
    return min(first, second, key=lambda iso: bounds(iso)[1])


def is_within(iso: str | None, date_from: str | None, date_to: str | None) -> bool:
    """Tell whether a time may lie in the closed period. An unknown time lies in no limited period."""
    if date_from is None and date_to is None:
        return True
    if iso is None:
        return False
    first, last = bounds(iso)
    after = date_from is None or last >= bounds(date_from)[0]
    before = date_to is None or first <= bounds(date_to)[1]
    return after and before
