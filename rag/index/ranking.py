"""Exact rankings from an engine that breaks ties as it likes: the order is by score, then by passage id, also
where a depth cuts.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.types import IndexHit

_SPARE = 8


def first_limit(depth: int) -> int:
    """Return how many hits to ask an engine for, so that a tie at ``depth`` usually shows whole."""
    return depth + _SPARE


def is_cut_in_tie(hits: Sequence[IndexHit], depth: int, limit: int) -> bool:
    """Tell whether hits of the same score as the one at ``depth`` may lie beyond ``limit``, so that more must
    be asked for.

    ``hits`` are in the engine's order, best first.
    """
    return len(hits) == limit and hits[depth - 1].score == hits[-1].score


def ranked(hits: Sequence[IndexHit], depth: int) -> tuple[IndexHit, ...]:
    """Return the best ``depth`` hits, ties by passage id."""
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[:depth])
