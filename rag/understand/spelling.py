"""Typing errors: the one known word that a written word stands nearest to.

Only a word of five letters or more that nothing else explains is set right, and only where one known word is
nearest: of two drugs whose names are alike, neither is chosen.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

_SHORTEST = 5
_LONG = 9
"""Letters from which two errors are forgiven; one below."""


@lru_cache(maxsize=4096)
def closest(word: str, known: frozenset[str]) -> str | None:
    """Return the known word nearest to a word in lower case, None where none or several are near enough."""
    if len(word) < _SHORTEST or word in known:
        return None
    limit = 2 if len(word) >= _LONG else 1
    best: list[str] = []
    least = limit
    for other in _near_in_length(word, known, limit):
        if (errors := distance(word, other, least)) <= least:
            best = [*best, other] if errors == least and best else [other]
            least = errors
    return best[0] if len(best) == 1 else None


def distance(first: str, second: str, limit: int) -> int:
    """Return how many letters must be changed, left out, put in or exchanged with their neighbour; ``limit``
    + 1 where more.
    """
    before: list[int] = []
    last: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, last, row = last, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def _near_in_length(word: str, known: Set[str], limit: int) -> list[str]:
    """Return known words that begin with the same letter and differ in length by no more than the errors
    allowed.
    """
    return [
        other
        for other in known
        if other[:1] == word[:1] and abs(len(other) - len(word)) <= limit and len(other) >= _SHORTEST
    ]
