"""An index that is made when something is first written to it: a home without pictures has none of theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from rag.core.protocols import DENSE, PassageIndex
from rag.core.types import Filters, IndexHit, Passage, SparseVector, Vector


class DeferredIndex:
    """A ``PassageIndex`` that is empty until the first writing, which opens another for good."""

    def __init__(self, version: str, opening: Callable[[], PassageIndex]) -> None:
        self._version, self._opening = version, opening
        self._opened: PassageIndex | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Name of what is or would be opened."""
        return self._version if self._opened is None else self._opened.version

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        """Write passages, into an index that is made now where there is none."""
        with self._lock:
            if self._opened is None:
                self._opened = self._opening()
        self._opened.upsert(passages, dense, sparse)

    def search(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector], filters: Filters, depth: int
    ) -> Mapping[str, tuple[IndexHit, ...]]:
        """Rank passages in every channel asked for."""
        if self._opened is not None:
            return self._opened.search(dense, sparse, filters, depth)
        return dict.fromkeys(([DENSE] if dense is not None else []) + [*sparse], ())

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages that exist."""
        return () if self._opened is None else self._opened.get(passage_ids)

    def vectors(self, passage_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the dense vectors of the passages that exist."""
        return {} if self._opened is None else self._opened.vectors(passage_ids)

    def cosines(self, dense: Vector, passage_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the passages that exist."""
        return {} if self._opened is None else self._opened.cosines(dense, passage_ids)

    def of_channel(self, channel: str, passage_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the passages that are in a sparse channel."""
        return frozenset() if self._opened is None else self._opened.of_channel(channel, passage_ids)

    def passage_ids(self, doc_id: str) -> frozenset[str]:
        """Return the ids of every stored passage of a document."""
        return frozenset() if self._opened is None else self._opened.passage_ids(doc_id)

    def count(self, filters: Filters = Filters()) -> int:
        """Count the passages that pass the filters."""
        return 0 if self._opened is None else self._opened.count(filters)

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; ids that do not exist are ignored."""
        if self._opened is not None:
            self._opened.delete(passage_ids)

    def optimize(self) -> None:
        """Build or merge search structures."""
        if self._opened is not None:
            self._opened.optimize()

    def close(self) -> None:
        """Write what is pending and release the files. Closing twice is harmless."""
        if self._opened is not None:
            self._opened.close()
