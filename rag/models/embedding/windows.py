"""Texts longer than a model's window: read window by window, so that nothing of them is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from rag.models.embedding.e5.bin import Floats


def windows_of(ids: list[int], opening: list[int], longest: int) -> Iterator[list[int]]:
    """Cut a sequence into windows of like length, each with its begin, its end and the ids of the prefix."""
    if len(ids) <= longest:
        yield ids
        return
    first, last, body = ids[0], ids[-1], ids[1 + len(opening) : -1]
    room = longest - 2 - len(opening)
    count = -(-len(body) // room)
    cuts = [len(body) * number // count for number in range(count + 1)]
    for start, stop in pairwise(cuts):
        yield [first, *opening, *body[start:stop], last]


MOST_QUERY_WINDOWS = 4
"""Windows of a question that are read: about 2,000 tokens, more than any question in words has. A text of
10,000 rare characters would be 60 windows and keep a machine busy for half a minute.
"""


def joined(vectors: Floats, windows: Sequence[Sequence[Sequence[int]]]) -> list[list[float]]:
    """Return one unit vector a text: the mean of its windows."""
    starts = np.cumsum([0, *(len(parts) for parts in windows[:-1])])
    total = np.add.reduceat(vectors, starts, axis=0)
    unit: list[list[float]] = (
        total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    ).tolist()
    return unit
