"""The passages behind the candidates of one search, read from the index as far as somebody looks at them, and
each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rag.core.protocols import PassageIndex
from rag.core.times import bounds
from rag.core.types import Passage, Vector
from rag.retrieve.fusion import Fused

Read = tuple[Fused, Passage]
"""A candidate and its passage."""

_PAGE = 16
"""Passages read at once where nobody says how many will be looked at."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one search. A candidate that was erased since it was ranked is left out."""

    index: PassageIndex
    _known: dict[str, Passage] = field(default_factory=dict)

    def read(self, candidates: Sequence[Fused]) -> list[Read]:
        """Return the candidates with their passages, in their order."""
        missing = [one.passage_id for one in candidates if one.passage_id not in self._known]
        if missing:
            self._known.update((passage.passage_id, passage) for passage in self.index.get(missing))
        return [(one, self._known[one.passage_id]) for one in candidates if one.passage_id in self._known]

    def each(self, candidates: Iterable[Fused]) -> Iterator[Read]:
        """Yield ranked candidates with their passages; among those of equal score the most recent first,
        which only now shows.

        A page is read when the first of it is asked for; equals are read together.
        """
        page: list[Fused] = []
        for _, equals in groupby(candidates, key=lambda one: one.score):
            page.extend(equals)
            if len(page) >= _PAGE:
                yield from most_recent_first(self.read(page))
                page.clear()
        yield from most_recent_first(self.read(page))

    def vectors(self, candidates: Sequence[Fused]) -> Mapping[str, Vector]:
        """Return the dense vectors of candidates by passage id; nothing is read of their texts."""
        return self.index.vectors([one.passage_id for one in candidates])


def most_recent_first(read: Iterable[Read]) -> Iterator[Read]:
    """Yield candidates that are in the order of their scores, those of equal score by date, the undated last,
    then by passage id.
    """
    for _, group in groupby(read, key=lambda one: one[0].score):
        equals = list(group)
        yield from (
            sorted(equals, key=lambda one: (-_last_second(one[1]), one[0].passage_id))
            if len(equals) > 1
            else equals
        )


def _last_second(passage: Passage) -> float:
    return float("-inf") if passage.authored_at is None else bounds(passage.authored_at)[1]
