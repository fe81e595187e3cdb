"""What the texts of the best candidates tell beyond the scores of the channels: which words of a question
stand in them, how near one another, in one sentence or scattered, and what the candidates most like them
score.

Everything is computed from the candidates alone, in milliseconds and without a model. All signals lie in [0,
1].
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.core.passage_ids import document_part
from rag.core.protocols import DENSE
from rag.core.types import Passage, Query, Vector
from rag.index.lexical import channel_of
from rag.index.translation import question_units
from rag.retrieve.fusion import Fused
from rag.retrieve.mentions import Asked, asked
from rag.retrieve.passage_stems import stems_of
from rag.retrieve.tuning import tuning

Floats = npt.NDArray[np.floating]
Numbers = npt.NDArray[np.int64]
Row = tuple[float, ...]

_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Signals:
    """Parallel to the candidates; ``covered`` is of the query.

    ``together``: share of the neighbouring words of the question that are near one another in the passage.
    ``sentence``: share of the question in the best single sentence. ``kin``: mean fused score of the
    candidates of other documents with the nearest vectors. ``document``: how near the question is to all
    candidates of the passage's document together. ``like_best``: how near the passage is to the three best
    candidates together. ``covered``: 1 where some candidate names all of the question, 0 where none names 40
    % of it. Shares are weighted by how rare a word is among those candidates.
    """

    together: tuple[float, ...]
    sentence: tuple[float, ...]
    kin: tuple[float, ...]
    document: tuple[float, ...]
    like_best: tuple[float, ...]
    covered: float


def read_signals(
    query: Query, candidates: Sequence[Fused], passages: Sequence[Passage], vectors: Mapping[str, Vector]
) -> Signals:
    """Return the signals of the first candidates, those whose passages are given; which candidates are alike
    is taken from all.

    Without vectors ``kin`` is each candidate's own score, ``document`` and ``like_best`` its own part by
    vector.
    """
    channels = [channel_of(passage.language) for passage in passages]
    units = {channel: asked(question_units(query.text, query.language, channel)) for channel in set(channels)}
    named = [
        units[channel].named(stems_of(passage).all)
        for passage, channel in zip(passages, channels, strict=True)
    ]
    weights = {}
    for channel, its_units in units.items():
        of_channel = [one for one, its in zip(named, channels, strict=True) if its == channel]
        weights[channel] = _rarity(its_units.count, of_channel, len(passages))
    covered = max(
        (_share(weights[channel], one) for one, channel in zip(named, channels, strict=True)), default=0.0
    )
    read = [
        _read(passage, units[channel], weights[channel])
        for passage, channel in zip(passages, channels, strict=True)
    ]
    low, high = tuning().signals.covered_from, tuning().signals.covered_to
    switch = min(1.0, max(0.0, (covered - low) / (high - low)))
    together, sentence = (tuple(one[part] for one in read) for part in (0, 1))
    kin, document, like_best = _near(candidates, len(passages), vectors)
    return Signals(together, sentence, kin, document, like_best, switch)


def _read(passage: Passage, units: Asked, weights: Sequence[float]) -> tuple[float, float]:
    """Return how far a passage holds the question's words together, and in its best sentence."""
    sentences = stems_of(passage).sentences
    best = max((_share(weights, units.named(stems)) for stems in sentences), default=0.0)
    return _together(units.places([stem for stems in sentences for stem in stems]), weights), best


def _share(weights: Sequence[float], named: frozenset[int]) -> float:
    total = sum(weights)
    return sum(weights[unit] for unit in named) / total if total else 0.0


def _rarity(count: int, named: Sequence[frozenset[int]], candidates: int) -> list[float]:
    """Weigh each unit by its inverse document frequency among the candidates."""
    having = [sum(unit in one for one in named) for unit in range(count)]
    return [math.log(1 + (candidates - known + 0.5) / (known + 0.5)) for known in having]


def _together(places: Sequence[Sequence[int]], weights: Sequence[float]) -> float:
    """Return the weighted share of the question's neighbouring units that stand near one another."""
    pairs = [weights[first] + weights[first + 1] for first in range(len(places) - 1)]
    near = (weight for first, weight in enumerate(pairs) if _are_near(places[first], places[first + 1]))
    return sum(near) / total if (total := sum(pairs)) else 0.0


def _are_near(first: Sequence[int], second: Sequence[int]) -> bool:
    near = tuning().signals.near_words
    for place in first:
        at = bisect_left(second, place - near)
        if at < len(second) and second[at] <= place + near:
            return True
    return False


def _near(hits: Sequence[Fused], depth: int, vectors: Mapping[str, Vector]) -> tuple[Row, Row, Row]:
    """Return what the vectors tell of the first candidates: ``kin``, ``document`` and ``like_best``."""
    if not hits or any(hit.passage_id not in vectors for hit in hits):
        by_vector = tuple(hit.by_vector for hit in hits[:depth])
        return tuple(hit.score for hit in hits[:depth]), by_vector, by_vector
    matrix = np.asarray([vectors[hit.passage_id] for hit in hits], np.float32)
    names = [document_part(hit.passage_id) for hit in hits]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    documents = np.asarray([numbers[name] for name in names])
    like_best = _spread(matrix @ matrix[: tuning().signals.best].mean(axis=0))
    kin, document = _kin(hits, depth, matrix, documents), _document(hits, matrix, documents)
    return tuple(kin.tolist()), tuple(document[:depth].tolist()), tuple(like_best[:depth].tolist())


def _kin(hits: Sequence[Fused], depth: int, matrix: Floats, documents: Numbers) -> Floats:
    """Return for each of the first candidates the mean score of the nearest ones of other documents; its own
    where there is none.
    """
    scores = np.asarray([hit.score for hit in hits])
    likeness = np.where(documents[:depth, None] == documents[None, :], -np.inf, matrix[:depth] @ matrix.T)
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, : tuning().signals.kin]
    reachable = np.take_along_axis(likeness, nearest, axis=1) > -np.inf
    sums, counts = (scores[nearest] * reachable).sum(axis=1), reachable.sum(axis=1)
    kin: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), scores[:depth])
    return kin


def _document(hits: Sequence[Fused], matrix: Floats, documents: Numbers) -> Floats:
    """Return for every candidate the cosine of the question with the mean vector of its document's
    candidates, scaled to [0, 1].
    """
    cosines = np.asarray([hit.stage_scores.get(DENSE, 0.0) for hit in hits])
    order, count = np.argsort(documents, kind="stable"), np.bincount(documents)
    sums = np.add.reduceat(matrix[order], np.cumsum(count) - count)
    lengths = np.maximum(
        np.linalg.norm(sums, axis=1), _LEAST
    )  # of sums, not means: the number of candidates cancels out
    return _spread((np.bincount(documents, cosines) / lengths)[documents])


def _spread(values: Floats) -> Floats:
    """Scale values to [0, 1] by their least and greatest; all are 1 where they are equal."""
    least, greatest = values.min(), values.max()
    spread: Floats = (
        np.ones_like(values) if greatest - least < _LEAST else (values - least) / (greatest - least)
    )
    return spread
