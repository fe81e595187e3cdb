"""Whether a question asks for the latest state of something, in French or English, and how recent a document
is among others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.core.times import bounds

_LATEST = re.compile(
    r"\b(?:actuel(?:le)?s?|actuellement|derni(?:er|ère)s?|en"
    r" cours|aujourd'?hui|maintenant|récente?s?|désormais|"
    r"finalement|au final|en définitive|"
    r"current(?:ly)?|latest|last|now|today|most recent|recent|present|finally|eventually|in the end)\b",
    re.IGNORECASE,
)


def asks_for_latest(question: str) -> bool:
    """Tell whether the question asks for what holds now: ``dose actuelle``, ``latest echo``."""
    return _LATEST.search(question) is not None


def recency(times: Sequence[str | None]) -> list[float]:
    """Return for each clinical time its place among them: 1 the latest, 0 the earliest or unknown; all 0
    where there is but one time.
    """
    starts = [None if time is None else bounds(time)[0] for time in times]
    known = sorted({start for start in starts if start is not None})
    if len(known) < 2:
        return [0.0 for _ in starts]
    return [0.0 if start is None else known.index(start) / (len(known) - 1) for start in starts]
