"""The index in plain Python: the executable specification of ``PassageIndex``, and a fast stand-in for tests.

What the other indexes return is compared with this one. Nothing is kept on disk.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.core.errors import ConfigurationError
from rag.core.protocols import DENSE
from rag.core.types import Filters, IndexHit, Passage, SparseVector, Vector
from rag.index.filters import conditions, passes
from rag.index.lexical import channel_of
from rag.index.payload import LAYOUT, from_payload, to_payload


@dataclass(frozen=True, slots=True)
class _StoredPassage:
    passage: Passage
    direction: npt.NDArray[np.float64]
    terms: Mapping[int, float]


class MemoryIndex:
    """A ``PassageIndex`` that scans every passage."""

    def __init__(self, embedder: str, dimensions: int) -> None:
        self.version = f"memory/{LAYOUT}/{embedder}"
        self._dimensions = dimensions
        self._entries: dict[str, _StoredPassage] = {}

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        """Write passages, replacing those with the same id."""
        self._entries |= {
            passage.passage_id: _StoredPassage(
                from_payload(to_payload(passage)),
                self._direction(vector),
                dict(zip(terms.indices, terms.values, strict=True)),
            )
            for passage, vector, terms in zip(passages, dense, sparse, strict=True)
        }

    def search(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector], filters: Filters, depth: int
    ) -> Mapping[str, tuple[IndexHit, ...]]:
        """Rank passages in every channel asked for."""
        passing = self._passing(filters)
        rankings = {}
        if dense is not None:
            query = self._direction(dense)
            rankings[DENSE] = _ranked(
                ((entry.passage, float(query @ entry.direction)) for entry in passing), depth
            )
        for channel, vector in sparse.items():
            weights = self._with_idf(channel, vector)
            found = (
                (entry.passage, _product(weights, entry.terms))
                for entry in passing
                if channel_of(entry.passage.language) == channel
            )
            rankings[channel] = _ranked(((passage, score) for passage, score in found if score > 0), depth)
        return rankings

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages that exist, in the order asked for."""
        return tuple(
            self._entries[passage_id].passage for passage_id in passage_ids if passage_id in self._entries
        )

    def vectors(self, passage_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the dense vectors of the passages that exist, of length 1."""
        known = (passage_id for passage_id in passage_ids if passage_id in self._entries)
        return {passage_id: tuple(self._entries[passage_id].direction.tolist()) for passage_id in known}

    def cosines(self, dense: Vector, passage_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the passages that exist."""
        query = self._direction(dense)
        known = (passage_id for passage_id in passage_ids if passage_id in self._entries)
        return {passage_id: float(query @ self._entries[passage_id].direction) for passage_id in known}

    def of_channel(self, channel: str, passage_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the passages that are in a sparse channel."""
        known = (self._entries[passage_id] for passage_id in passage_ids if passage_id in self._entries)
        return frozenset(
            one.passage.passage_id
            for one in known
            if one.terms and channel_of(one.passage.language) == channel
        )

    def passage_ids(self, doc_id: str) -> frozenset[str]:
        """Return the ids of every stored passage of a document."""
        return frozenset(key for key, entry in self._entries.items() if entry.passage.doc_id == doc_id)

    def count(self, filters: Filters = Filters()) -> int:
        """Count the passages that pass the filters."""
        return len(self._passing(filters))

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; ids that do not exist are ignored."""
        for passage_id in passage_ids:
            self._entries.pop(passage_id, None)

    def optimize(self) -> None:
        """Do nothing: there is no structure to build."""

    def close(self) -> None:
        """Do nothing: there is no file to release."""

    def _passing(self, filters: Filters) -> list[_StoredPassage]:
        if conditions(filters) is None:
            return []
        return [entry for entry in self._entries.values() if passes(filters, entry.passage)]

    def _direction(self, vector: Vector) -> npt.NDArray[np.float64]:
        if len(vector) != self._dimensions:
            raise ConfigurationError("index_dimensions_mismatch", found=len(vector), wanted=self._dimensions)
        values = np.asarray(vector, dtype=np.float64)
        length = float(np.linalg.norm(values))
        return values / length if length else values

    def _with_idf(self, channel: str, query: SparseVector) -> dict[int, float]:
        """Weigh each term by ln((N - n + 0.5) / (n + 0.5) + 1) over the passages of the channel, filtered or
        not.
        """
        corpus = [
            entry.terms
            for entry in self._entries.values()
            if entry.terms and channel_of(entry.passage.language) == channel
        ]
        weighted = {}
        for term, value in zip(query.indices, query.values, strict=True):
            having = sum(term in terms for terms in corpus)
            weighted[term] = value * math.log((len(corpus) - having + 0.5) / (having + 0.5) + 1)
        return weighted


def _product(query: Mapping[int, float], terms: Mapping[int, float]) -> float:
    return math.fsum(weight * terms[term] for term, weight in query.items() if term in terms)


def _ranked(found: Iterable[tuple[Passage, float]], depth: int) -> tuple[IndexHit, ...]:
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0].passage_id))
    return tuple(IndexHit(passage.passage_id, score) for passage, score in ordered[:depth])
