"""Times in records: HL7 stamps (``20260312143000+0100``) to ISO 8601, and ISO 8601 to words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from rag.core.times import bounds, is_clinical_time
from rag.messages import message

_STAMP = re.compile(
    r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.(\d{1,9}))?(?:([+-])(\d{2})(\d{2}))?"
)
_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T(\d{2}):(\d{2}))?")
_SLACK = timedelta(days=1)
"""A clock may be wrong by some hours, and a local date may be tomorrow's in UTC."""


def from_stamp(stamp: str) -> str | None:
    """Return an HL7 time as ISO 8601 of the same precision, to the second; None where it is none.

    Midnight of 24:00, seconds of 60 and days that no calendar has are none. Months or days of ``00`` mean
    unknown.
    """
    found = _STAMP.fullmatch(re.sub(r"(00){1,2}$", "", stamp) if len(stamp) in (6, 8) else stamp)
    if found is None:
        return None
    year, month, day, hour, minute, second, _, sign, zone_hours, zone_minutes = found.groups()
    iso = "-".join(filter(None, (year, month, day)))
    if hour:
        iso += f"T{hour}:{minute or '00'}" + (f":{second}" if second else "")
        iso += f"{sign}{zone_hours}:{zone_minutes}" if sign else ""
    return iso if is_clinical_time(iso) else None


def from_iso(text: str) -> str | None:
    """Return a FHIR date or instant without fractions of a second, None where it is none."""
    iso = re.sub(r"(T\d{2}:\d{2}:\d{2})\.\d+", r"\1", text.strip())
    return iso if is_clinical_time(iso) else None


def is_future(iso: str, now: str) -> bool:
    """Tell whether a time surely lies after ``now``, an instant."""
    return bounds(iso)[0] > (datetime.fromisoformat(now) + _SLACK).timestamp()


def in_words(iso: str | None, language: str, *, clock: bool = False) -> str:
    """Return a time in words, ``12 mars 2026``, with hour and minute where asked for and known; empty where
    there is none.

    Hours are those that were written, in the place's own time.
    """
    found = _ISO.match(iso or "")
    if found is None:
        return ""
    year, month, day, hour, minute = found.groups()
    months = message("record.months", language).split()
    first = "1er" if language == "fr" and day == "01" else (day or "").lstrip("0")
    words = " ".join(filter(None, (first, months[int(month) - 1] if month else "", year)))
    return (
        f"{words} {message('record.at', language)} {hour}:{minute}"
        if clock and hour and (hour, minute) != ("00", "00")
        else words
    )


def dated(iso: str | None, language: str) -> str:
    """Return a time as it stands after a preposition: ``le 12 mars 2026`` in French, where the day is
    known.
    """
    words = in_words(iso, language)
    return f"le {words}" if language == "fr" and len(iso or "") >= len("2026-03-12") else words


def span_in_words(start: str | None, end: str | None, language: str, *, clock: bool = False) -> str:
    """Return a period in words; a single day where both ends lie in it; empty where neither is known."""
    if start and end and start[:10] == end[:10]:
        return in_words(start, language, clock=clock)
    if start and end:
        return message(
            "record.from_to", language, start=in_words(start, language), end=in_words(end, language)
        )
    if start:
        return message("record.since", language, start=dated(start, language))
    return message("record.until", language, end=dated(end, language)) if end else ""
