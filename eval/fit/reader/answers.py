"""The head ``answers``: groups as units, drawn anew each epoch, and how well it orders and separates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.fit.reader.data.groups import AnswerGroup, drawn
from eval.fit.reader.inputs import LearningTokens, LearningUnit
from eval.metrics.verdicts import auroc

_TEXTS = 4
"""Texts of a question in one epoch: a positive and three negatives."""


@dataclass(frozen=True, slots=True)
class AnswerUnits:
    """Makes units of groups. ``says`` is how often a set's questions come in an epoch: 2.0 is twice, 0.5
    every second.
    """

    tokens: LearningTokens
    groups: Sequence[AnswerGroup]
    says: Mapping[str, float]
    seed: int

    def epoch(self, number: int) -> list[LearningUnit]:
        """Return the units of an epoch: the same for the same number."""
        random = Random(f"{self.seed} answers {number}")
        return [unit_of(self.tokens, group) for group in self._groups(random)]

    def _groups(self, random: Random) -> Iterator[AnswerGroup]:
        for group in self.groups:
            times = self.says.get(group.source, 1.0)
            for _ in range(int(times) + (random.random() < times % 1)):
                yield shuffled_context(drawn(group, _TEXTS, random), random)


def shuffled_context(group: AnswerGroup, random: Random) -> AnswerGroup:
    """Return a group without its contexts a third of the time: a text is asked about with and without."""
    if random.random() > 0.33:
        return group
    bare = tuple(type(option)(option.text, option.label) for option in group.options)
    return AnswerGroup(group.source, group.language, group.split, group.question, bare)


def unit_of(tokens: LearningTokens, group: AnswerGroup) -> LearningUnit:
    """Return a group as token ids."""
    return LearningUnit(
        tuple(tokens.encode(group.question, option.text, option.context) for option in group.options),
        tuple(option.label for option in group.options),
    )


def ordering(groups: Sequence[AnswerGroup], scores: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Return how well scores order the texts of a question (MRR, nDCG, first hit), and separate over all."""
    ranks, gains, flat_labels, flat = [], [], [], []
    for group, values in zip(groups, scores, strict=True):
        labels = np.array([option.label for option in group.options])
        flat_labels += labels.tolist()
        flat += values.tolist()
        if labels.any() and not labels.all():
            order = labels[np.argsort(-values, kind="stable")]
            ranks.append(1 / (1 + int(np.argmax(order))))
            worth = 1 / np.log2(np.arange(len(order)) + 2)
            gains.append(float((order * worth).sum() / worth[: int(labels.sum())].sum()))
    found = {
        "n": float(len(ranks)),
        "mrr": float(np.mean(ranks)) if ranks else float("nan"),
        "ndcg": float(np.mean(gains)) if gains else float("nan"),
        "first": float(np.mean([rank == 1 for rank in ranks])) if ranks else float("nan"),
    }
    separated = auroc([int(label) for label in flat_labels], [float(value) for value in flat])
    return {**found, "auroc": float("nan") if separated is None else separated}
