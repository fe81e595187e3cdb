"""What is searched for, and what a search finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.core.filters import Filters
from rag.core.types.documents import Passage
from rag.core.types.reasons import HitReason

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. ``language`` is the language of ``text``; ``history`` holds earlier questions,
    oldest first.

    ``is_told`` is false where neither the user nor the text says the language (a drug name, a code): it is
    then a guess for the words of an answer, and searching must not rely on it.
    """

    text: str
    language: str
    filters: Filters = field(default_factory=Filters)
    history: tuple[str, ...] = ()
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights: ``indices`` strictly increasing, ``values`` positive, of equal length."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexHit:
    """A passage that one channel of an index found, with that channel's raw score (higher is better).

    The passage is read apart (``PassageIndex.get``): of the hundreds that a search weighs, few are looked at.
    """

    passage_id: str
    score: float


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A ranked passage: ``rank`` from 1, ``stage`` that set ``score``, and the score of every stage by name.

    ``copies`` are the passages, best first, that repeat it nearly word for word (copied-forward notes) and
    are not ranked beside it.
    """

    passage: Passage
    score: float
    rank: int
    stage: str
    stage_scores: Mapping[str, float] = field(default_factory=dict)
    copies: tuple[Passage, ...] = ()
    reason: HitReason | None = None

    def reranked(self, score: float, rank: int, stage: str) -> ScoredPassage:
        """Return a copy placed by a later stage, which keeps the earlier stages' scores."""
        return replace(
            self, score=score, rank=rank, stage=stage, stage_scores={**self.stage_scores, stage: score}
        )


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Ranked passages of one query and what each stage cost in milliseconds."""

    query: Query
    hits: tuple[ScoredPassage, ...]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A window of a passage that the model is shown under ``marker``; ``start``/``end`` are offsets in the
    document.
    """

    marker: int
    scored: ScoredPassage
    start: int
    end: int
    text: str
