"""How well scores pick the sentence that answers, on data that was not trained on, beside what picks without
the reader: closeness of vectors and shared words, as the choice of evidence weighs them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.fit.reader.answers import ordering
from eval.fit.reader.data.groups import AnswerGroup
from eval.metrics.calibration import calibration_error, reliability
from rag.clinical.stems import terms

Scores = Sequence[NDArray[np.floating]]
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
Row = dict[str, float | int | None]
_MOST = 40
"""Questions of a set that are measured."""


def measured_groups(groups: Sequence[AnswerGroup], seed: int) -> list[AnswerGroup]:
    """Return up to so many held-out questions a set, the same for the same seed."""
    by_set: dict[str, list[AnswerGroup]] = defaultdict(list)
    for group in groups:
        by_set[group.source].append(group)
    return [
        group
        for name in sorted(by_set)
        for group in Random(f"{seed} {name}").sample(by_set[name], min(_MOST, len(by_set[name])))
    ]


def answer_figures(groups: Sequence[AnswerGroup], scores: Scores, *, probable: bool) -> dict[str, Row]:
    """Return the figures of each set, and over all; ``probable`` where scores are probabilities.

    ``mrr``, ``ndcg`` and ``first`` (the best text answers) are over questions that have an answer; ``auroc``
    and ``ece`` over all pairs, of questions without an answer too.
    """
    found: dict[str, Row] = {}
    for name in (*sorted({group.source for group in groups}), "all"):
        chosen = [number for number, group in enumerate(groups) if name in (group.source, "all")]
        found[f"{name}, held-out"] = _row(
            [groups[number] for number in chosen], [scores[number] for number in chosen], probable=probable
        )
    return found


def _row(groups: Sequence[AnswerGroup], scores: Scores, *, probable: bool) -> Row:
    values = ordering(groups, scores)
    row: Row = {"n": len(groups)}
    row |= {
        name: None if np.isnan(value) else round(value, 4) for name, value in values.items() if name != "n"
    }
    if probable:
        labels = [option.label for group in groups for option in group.options]
        flat = [float(value) for part in scores for value in part]
        error = calibration_error(reliability(labels, flat))
        row["ece"] = None if error is None else round(error, 4)
    return row


def scores_without_reader(groups: Sequence[AnswerGroup], embed: Embed) -> list[NDArray[np.float64]]:
    """Score by closeness and shared words, half each, as sentences of evidence are chosen without a
    reader.
    """
    texts = list(dict.fromkeys(option.text for group in groups for option in group.options))
    questions = list(dict.fromkeys(group.question for group in groups))
    vectors = dict(zip(texts, embed(texts), strict=True))
    asked = dict(zip(questions, embed(questions), strict=True))
    return [_plain(group, asked[group.question], vectors) for group in groups]


def _plain(
    group: AnswerGroup, question: Sequence[float], vectors: dict[str, Sequence[float]]
) -> NDArray[np.float64]:
    near = np.array([np.dot(question, vectors[option.text]) for option in group.options])
    wanted = _terms(group.question)
    shared = np.array([len(wanted & _terms(option.text)) / max(1, len(wanted)) for option in group.options])
    spread = float(np.ptp(near)) or 1.0
    return np.asarray(0.5 * (near - near.min()) / spread + 0.5 * shared)


def _terms(text: str) -> set[str]:
    return set(terms(text, "en")) | set(terms(text, "fr"))
