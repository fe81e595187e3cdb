"""Search: a query becomes a vector and search terms, the index ranks passages by each, and the rankings
become one.

Filters are the caller's and go to the index unchanged; nothing here widens them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rag.core.errors import UsageError
from rag.core.protocols import DENSE, PassageIndex
from rag.core.stages import ended
from rag.core.types import IndexHit, Query, ScoredPassage, SearchResult, SparseVector, Vector
from rag.index.lexical import CHANNELS, channel_of
from rag.index.translation import encode_question
from rag.retrieve.duplicates import Shown, collapsed
from rag.retrieve.fusion import HYBRID, LEXICAL, Cosines, Foreign, Fused, fuse, ordered
from rag.retrieve.rerank import RERANK, Reranker
from rag.retrieve.texts import Texts
from rag.settings import SearchSettings

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Mode = Literal["hybrid", "dense", "sparse"]

_LONGEST_QUERY = 10_000


@dataclass(frozen=True, slots=True)
class Retriever:
    """Ranks passages for queries. It may be used from several threads."""

    index: PassageIndex
    embedder: BaseEmbedding
    settings: SearchSettings
    reranker: Reranker | None = None

    def search(self, query: Query, k: int | None = None, mode: Mode = "hybrid") -> SearchResult:
        """Return the ``k`` best passages (the setting's number when None), near-duplicates shown once.

        ``stage_scores`` of a hit hold ``dense`` (a cosine), ``lexical`` (a BM25 sum, absent where no word
        matched) and, in a hybrid search, ``hybrid`` and, with a second stage, ``rerank`` (in [0, 1], relative
        to the other hits of this query). ``timings_ms`` has ``embed``, ``index``, ``fuse``, ``rerank`` where
        there is one, and ``total``.

        Raises:
            UsageError: the query is empty or too long, or a date of its filters cannot be read.
        """
        _check(query.text)
        limit = self.settings.k if k is None else k
        clock = _Clock()
        dense = None if mode == "sparse" else tuple(self.embedder.get_query_embedding(query.text))
        sparse: Mapping[str, SparseVector] = (
            {} if mode == "dense" else encode_question(query.text, query.language, is_told=query.is_told)
        )
        clock.lap("embed")
        rankings = self.index.search(dense, sparse, query.filters, max(self.settings.depth, limit))
        clock.lap("index")
        first, texts = self._ranked(rankings, dense, query, mode), Texts(self.index)
        ranked: Iterable[Fused] = first
        stage = {"hybrid": HYBRID, "dense": DENSE, "sparse": LEXICAL}[mode]
        if self.reranker is not None and mode == "hybrid" and first:
            clock.lap("fuse")
            ranked, stage = self.reranker.rerank(query, first, texts), RERANK
        hits = collapsed(texts.each(ranked), self.settings.near_duplicate, limit)
        clock.lap(RERANK if stage == RERANK else "fuse")
        return SearchResult(
            query, tuple(_scored(hit, rank, stage) for rank, hit in enumerate(hits, start=1)), clock.timings()
        )

    def candidates(self, query: Query) -> list[Fused]:
        """Return what the first stage of a hybrid search finds, best first, near-duplicates included."""
        dense = tuple(self.embedder.get_query_embedding(query.text))
        rankings = self.index.search(
            dense,
            encode_question(query.text, query.language, is_told=query.is_told),
            query.filters,
            self.settings.depth,
        )
        return self._ranked(rankings, dense, query, "hybrid")

    def _ranked(
        self, rankings: Mapping[str, Sequence[IndexHit]], dense: Vector | None, query: Query, mode: Mode
    ) -> list[Fused]:
        if mode == "hybrid" and dense is not None:
            weight, gap = self.settings.dense_weight, self.settings.language_gap if query.is_told else 0.0
            return fuse(
                rankings,
                self._cosines(dense),
                self._foreign(query, rankings),
                dense_weight=weight,
                language_gap=gap,
            )
        stage = DENSE if mode == "dense" else LEXICAL
        return ordered(
            Fused(hit.passage_id, hit.score, {stage: hit.score}) for hits in rankings.values() for hit in hits
        )

    def _cosines(self, dense: Vector) -> Cosines:
        return lambda passage_ids: self.index.cosines(dense, passage_ids)

    def _foreign(self, query: Query, rankings: Mapping[str, Sequence[IndexHit]]) -> Foreign:
        """Tell which passages are in another language than the query. The index is asked of those that no
        word found.
        """
        own = channel_of(query.language)
        others = [channel for channel in CHANNELS if channel != own]
        of_own = frozenset(hit.passage_id for hit in rankings.get(own, ()))
        of_others = frozenset(hit.passage_id for channel in others for hit in rankings.get(channel, ()))

        def foreign(passage_ids: Sequence[str]) -> frozenset[str]:
            rest = [name for name in passage_ids if name not in of_own and name not in of_others]
            return of_others.union(*(self.index.of_channel(channel, rest) for channel in others))

        return foreign


class _Clock:
    """Milliseconds of each stage, in order."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = round(1000 * (now - self._last), 2)
        ended(f"search.{stage}", 1000 * (now - self._last))
        self._last = now

    def timings(self) -> Mapping[str, float]:
        return {**self._laps, "total": round(1000 * (self._last - self._start), 2)}


def _check(text: str) -> None:
    if not text.strip():
        raise UsageError("question_empty")
    if len(text) > _LONGEST_QUERY:
        raise UsageError("question_too_long", length=len(text), limit=_LONGEST_QUERY)


def _scored(shown: Shown, rank: int, stage: str) -> ScoredPassage:
    return ScoredPassage(shown.passage, shown.hit.score, rank, stage, shown.hit.stage_scores, shown.copies)
