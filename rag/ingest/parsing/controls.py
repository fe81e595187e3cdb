"""Control characters of a text, which canonical text has no place for: they are counted before they go."""

from __future__ import annotations

import re

from rag.ingest.parsing.aside import Aside

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d\ufffe\uffff\ud800-\udfff]")


def note_controls(text: str, aside: Aside, where: str = "") -> None:
    """Count the control characters of a text."""
    aside.note("controls", where, len(_CONTROL.findall(text)))
