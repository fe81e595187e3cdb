"""Control characters of a text, and those by which words are written that nobody sees: canonical text has no
place for them, so they are counted before they go.
"""

from __future__ import annotations

import re

from rag.ingest.parsing.aside import Aside

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d\ufffe\uffff\ud800-\udfff]")

_UNSEEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]+|[\U000e0000-\U000e0fff]+")
"""Overrides of direction, which show a text in another order than it is read, and runs of tag characters.
Soft hyphens, joiners and marks of a right-to-left name hide nothing.
"""


def note_controls(text: str, aside: Aside, where: str = "") -> None:
    """Count the control characters of a text."""
    aside.note("controls", where, len(_CONTROL.findall(text)))
    aside.note("hidden", where, len(_UNSEEN.findall(text)))
