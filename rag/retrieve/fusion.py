"""One ranking from the channels of an index: a weighted sum of scores, each scaled to [0, 1] over all candidates.

It beats reciprocal rank fusion on most collections measured, which forgets by how much a passage leads. Two things are levelled for
passages in another language than the query: the embedder places them lower than equal content in its own language, and the words they
share with it are names and numbers at best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.clinicaltime import bounds
from rag.index.lexical import channel_of
from rag.protocols import DENSE
from rag.types import IndexHit, Passage

LEXICAL = "lexical"
HYBRID = "hybrid"

_FOREIGN_SHARE = 0.5
"""What is left of the weight of words for a passage in another language than the query."""

Cosines = Callable[[Sequence[str]], Mapping[str, float]]
"""Gives the cosine between the query and passages by id, for those that only the words found."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage with the score that ranks it and the raw scores behind it: ``dense`` is a cosine, ``lexical`` a BM25 sum."""

    passage: Passage
    score: float
    stage_scores: Mapping[str, float]


def fuse(
    rankings: Mapping[str, Sequence[IndexHit]], cosines: Cosines, *, language: str, dense_weight: float, language_gap: float = 0.0
) -> list[Fused]:
    """Fuse the rankings of one query, best first; the most recent, then the lower passage id, goes first among equals.

    Args:
        rankings: of each channel, as an index gives them.
        cosines: called once, for the passages that are not in the dense ranking.
        language: of the query.
        dense_weight: share of the dense channel; words have the rest. A channel that found nothing has no say.
        language_gap: what is added to the cosine of a passage in another language.

    Scores lie in [0, 1]; a passage without a common word has 0 in words.
    """
    passages = {hit.passage.passage_id: hit.passage for hits in rankings.values() for hit in hits}
    dense = {hit.passage.passage_id: hit.score for hit in rankings.get(DENSE, ())}
    lexical = {hit.passage.passage_id: hit.score for channel, hits in rankings.items() if channel != DENSE for hit in hits}
    if dense:
        dense |= cosines([name for name in passages if name not in dense])
    foreign = {name for name, passage in passages.items() if channel_of(passage.language) != channel_of(language)}
    by_vector = _scaled({name: cosine + language_gap * (name in foreign) for name, cosine in dense.items()})
    by_words = _scaled(lexical)
    fused = []
    for name, passage in passages.items():
        words = _share_of_words(dense_weight, has_both=bool(dense and lexical), only_words=not dense, is_foreign=name in foreign)
        score = (1 - words) * by_vector.get(name, 0.0) + words * by_words.get(name, 0.0)
        raw = {stage: scores[name] for stage, scores in ((DENSE, dense), (LEXICAL, lexical)) if name in scores}
        fused.append(Fused(passage, score, {**raw, HYBRID: score}))
    return ordered(fused)


def _share_of_words(dense_weight: float, *, has_both: bool, only_words: bool, is_foreign: bool) -> float:
    if not has_both:
        return 1.0 if only_words else 0.0
    return (1 - dense_weight) * (_FOREIGN_SHARE if is_foreign else 1.0)


def ordered(hits: Iterable[Fused]) -> list[Fused]:
    """Return hits by score, then the most recent, then by passage id."""
    return sorted(hits, key=lambda hit: (-hit.score, -_last_second(hit.passage), hit.passage.passage_id))


def _last_second(passage: Passage) -> float:
    return float("-inf") if passage.authored_at is None else bounds(passage.authored_at)[1]


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """Scale scores to [0, 1] by their least and greatest; all are 1 where they are equal."""
    least, greatest = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
    if greatest == least:
        return dict.fromkeys(scores, 1.0)
    return {name: (score - least) / (greatest - least) for name, score in scores.items()}
