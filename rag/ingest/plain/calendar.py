"""Invitations (iCalendar, RFC 5545) as lines: what, when, where, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.ingest.records.wording.when import from_stamp

_SHOWN = (
    "SUMMARY",
    "DTSTART",
    "DTEND",
    "DUE",
    "LOCATION",
    "DESCRIPTION",
    "COMMENT",
    "STATUS",
    "CONTACT",
    "CATEGORIES",
)
_ESCAPED = re.compile(r"\\([nN,;\\])")


def calendar_text(data: str) -> str:
    """Return the events of a calendar, a line a property."""
    return "\n".join(f"{name}: {said}" for name, said in _said(data) if said)


def _said(data: str) -> Iterator[tuple[str, str]]:
    for line in re.sub(r"\r?\n[ \t]", "", data).splitlines():
        head, _, value = line.partition(":")
        name = head.partition(";")[0].upper()
        if name in _SHOWN:
            plain = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
            yield name, _time(plain) if name.startswith("D") and name != "DESCRIPTION" else plain


def _time(stamp: str) -> str:
    return from_stamp(stamp.replace("T", "").rstrip("Z")) or stamp
