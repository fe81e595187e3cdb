"""The second stage: the best candidates of the fusion, ordered anew by what their texts tell.

``SignalReranker`` is the default: a weighted sum of the fused parts and the signals, a few milliseconds, no
model. ``PairReranker`` lets any scorer of pairs decide, such as a cross-encoder. Scores stay in [0, 1], and
what is not looked at again stays behind what is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Protocol

from rag.core.protocols import PairScorer
from rag.core.types import Passage, Query
from rag.retrieve.fusion import Fused, ordered
from rag.retrieve.signals import Signals, read_signals
from rag.retrieve.texts import Texts

RERANK = "rerank"


class Reranker(Protocol):
    """Orders the best candidates of a query anew."""

    def rerank(self, query: Query, candidates: Sequence[Fused], texts: Texts) -> Iterator[Fused]:
        """Yield all candidates, best first."""


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """How much each part says. ``together`` and ``sentence`` count as far as the question is covered, ``kin``
    as far as it is not.
    """

    vector: float
    words: float
    together: float
    sentence: float
    kin: float
    document: float
    like_best: float

    def scores(self, candidates: Sequence[Fused], signals: Signals) -> list[float]:
        """Return a score in [0, 1] for each candidate."""
        covered = signals.covered
        on, off = (covered * self.together, covered * self.sentence), (1 - covered) * self.kin
        shares = (self.vector, self.words, *on, off, self.document, self.like_best)
        told = (signals.together, signals.sentence, signals.kin, signals.document, signals.like_best)
        rows = [(hit.by_vector, hit.by_words, *row) for hit, *row in zip(candidates, *told, strict=True)]
        return [
            sum(share * part for share, part in zip(shares, row, strict=True)) / sum(shares) for row in rows
        ]


@cache
def fitted_weights() -> RankingWeights:
    """Read the coefficients; the file says where they come from."""
    table = json.loads((files(__package__) / "ranking.json").read_text(encoding="utf-8"))
    return RankingWeights(**table["weights"])


@dataclass(frozen=True, slots=True)
class SignalReranker:
    """Reranks by the fused parts and the signals of the texts."""

    depth: int
    weights: RankingWeights

    def rerank(self, query: Query, candidates: Sequence[Fused], texts: Texts) -> Iterator[Fused]:
        """Yield all candidates, best first."""
        read, tail = texts.read(candidates[: self.depth]), candidates[self.depth :]
        head, passages = [hit for hit, _ in read], [passage for _, passage in read]
        signals = read_signals(query, [*head, *tail], passages, texts.vectors([*head, *tail]))
        return _placed(head, self.weights.scores(head, signals), tail)


@dataclass(frozen=True, slots=True)
class PairReranker:
    """Reranks by a scorer of pairs (query, passage with its headings) whose scores lie in [0, 1]."""

    depth: int
    scorer: PairScorer
    text_of: Callable[[Passage], str]

    def rerank(self, query: Query, candidates: Sequence[Fused], texts: Texts) -> Iterator[Fused]:
        """Yield all candidates, best first."""
        read = texts.read(candidates[: self.depth])
        scores = (
            self.scorer.score([(query.text, self.text_of(passage)) for _, passage in read]) if read else []
        )
        return _placed([hit for hit, _ in read], scores, candidates[self.depth :])


def _placed(head: Sequence[Fused], scores: Sequence[float], tail: Sequence[Fused]) -> Iterator[Fused]:
    """Yield the head by its new scores, then the tail in its order, its scores lowered below the head's where
    they are not.
    """
    placed = ordered(_scored(hit, score) for hit, score in zip(head, scores, strict=True))
    yield from placed
    ceiling = placed[-1].score if placed else 1.0
    highest = max((hit.score for hit in tail), default=0.0)
    share = min(1.0, ceiling / highest) if highest > 0 else 1.0
    yield from (_scored(hit, share * hit.score) for hit in tail)


def _scored(hit: Fused, score: float) -> Fused:
    return replace(hit, score=score, stage_scores={**hit.stage_scores, RERANK: score})
