"""Runs of letters of a line, some raised or lowered, joined so that ``10`` and a raised ``9`` are not read as
109.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from rag.ingest.parsing.scripts import lowered, raised

LEVEL, RAISED, LOWERED = 0, 1, -1


@dataclass(frozen=True, slots=True)
class LetterRun:
    """Letters that stand at one height of their line."""

    text: str
    height: int = LEVEL


def joined(runs: Iterable[LetterRun]) -> str:
    """Return runs as plain text that keeps what their height means."""
    together = [
        ("".join(run.text for run in group), height)
        for height, group in groupby(runs, key=lambda run: run.height)
    ]
    if len(together) == 1 and together[0][1] == LEVEL:
        return together[0][0]
    written = ""
    for place, (text, height) in enumerate(together):
        line = written.rpartition("\n")[2]
        if height == RAISED:
            after = together[place + 1][0] if place + 1 < len(together) else ""
            written += raised(text, line, after)
        else:
            written += lowered(text, line) if height == LOWERED else text
    return written
