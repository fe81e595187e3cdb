"""The two heads as jobs for one run: what they learn from, how they are measured, what came before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eval.fit.reader.answer_figures import (
    Embed,
    Row,
    answer_figures,
    measured_groups,
    scores_without_reader,
)
from eval.fit.reader.answers import AnswerUnits, ordering, unit_of
from eval.fit.reader.data.answer_data import SAYS, answer_data
from eval.fit.reader.data.contrast import SupportPair
from eval.fit.reader.data.files import HeadName
from eval.fit.reader.data.groups import AnswerGroup
from eval.fit.reader.data.support_data import SupportUnits, support_data, support_unit
from eval.fit.reader.inputs import LearningTokens, LearningUnit
from eval.fit.reader.run.losses import answers_loss, supports_loss
from eval.fit.reader.run.training import Loss
from eval.fit.reader.support_figures import measured_pairs, separation, support_figures

_REFUSED = 0.07
_EVEN = 0.5
Outputs = Sequence[NDArray[np.floating]]


class HeadJob(Protocol):
    """What a run needs to know of a head. Outputs are raw, one array (pairs, outputs) a unit."""

    @property
    def outputs(self) -> int:
        """Return the outputs of the head."""

    @property
    def loss(self) -> Loss:
        """Return what the head minimises."""

    @property
    def better(self) -> str:
        """Return the name of the figure that decides which state is kept."""

    def epoch(self, number: int) -> Sequence[LearningUnit]:
        """Return what is learned from in an epoch."""

    def stop_units(self) -> Sequence[LearningUnit]:
        """Return the units of the split ``stop``."""

    def stop_figures(self, outputs: Outputs) -> dict[str, float]:
        """Return the figures that decide when to stop."""

    def threshold(self, outputs: Outputs) -> float:
        """Return the probability from which the head says yes, by the calibrated outputs of ``stop``."""

    def held_out_units(self) -> Sequence[LearningUnit]:
        """Return the units that figures are of."""

    def figures(self, outputs: Outputs) -> dict[str, Row]:
        """Return the figures of calibrated outputs, by set."""

    def before(self, embed: Embed) -> dict[str, Row]:
        """Return the figures of what did the work without this head; empty where another tool has them."""


@dataclass(frozen=True, slots=True)
class AnswersJob:
    """The head ``answers``."""

    tokens: LearningTokens
    train: Sequence[AnswerGroup]
    stop: Sequence[AnswerGroup]
    measured: Sequence[AnswerGroup]
    seed: int
    outputs: int = 1
    loss: Loss = answers_loss
    better: str = "ndcg"

    def epoch(self, number: int) -> Sequence[LearningUnit]:
        """Return questions with texts drawn anew."""
        return AnswerUnits(self.tokens, self.train, SAYS, self.seed).epoch(number)

    def stop_units(self) -> Sequence[LearningUnit]:
        """Return the questions of the split ``stop``."""
        return [unit_of(self.tokens, group) for group in self.stop]

    def stop_figures(self, outputs: Outputs) -> dict[str, float]:
        """Return order and separation."""
        return ordering(self.stop, [values[:, 0] for values in outputs])

    def threshold(self, outputs: Outputs) -> float:
        """Return the highest threshold at which at most 7 % of the questions with an answer have none above
        it.
        """
        best = [
            float(values[:, 0].max())
            for group, values in zip(self.stop, outputs, strict=True)
            if group.has_answer
        ]
        return round(float(1 / (1 + np.exp(-np.quantile(best, _REFUSED)))), 3) if best else _EVEN

    def held_out_units(self) -> Sequence[LearningUnit]:
        """Return the questions that figures are of."""
        return [unit_of(self.tokens, group) for group in self.measured]

    def figures(self, outputs: Outputs) -> dict[str, Row]:
        """Return order, separation and calibration by set."""
        scores = [1 / (1 + np.exp(-values[:, 0])) for values in outputs]
        return answer_figures(self.measured, scores, probable=True)

    def before(self, embed: Embed) -> dict[str, Row]:
        """Return the figures of closeness and shared words."""
        return answer_figures(self.measured, scores_without_reader(self.measured, embed), probable=False)


@dataclass(frozen=True, slots=True)
class SupportsJob:
    """The head ``supports``."""

    tokens: LearningTokens
    train: Sequence[SupportPair]
    stop: Sequence[SupportPair]
    measured: Sequence[SupportPair]
    seed: int
    outputs: int = 3
    loss: Loss = supports_loss
    better: str = "auroc"

    def epoch(self, number: int) -> Sequence[LearningUnit]:
        """Return the pairs of an epoch."""
        return SupportUnits(self.tokens, self.train, self.seed).epoch(number)

    def stop_units(self) -> Sequence[LearningUnit]:
        """Return the pairs of the split ``stop``."""
        return [support_unit(self.tokens, pair) for pair in self.stop]

    def stop_figures(self, outputs: Outputs) -> dict[str, float]:
        """Return how well support is told from the rest."""
        return separation(self.stop, outputs)

    def threshold(self, outputs: Outputs) -> float:
        """Return even odds: the outputs are calibrated."""
        return _EVEN

    def held_out_units(self) -> Sequence[LearningUnit]:
        """Return the pairs that figures are of."""
        return [support_unit(self.tokens, pair) for pair in self.measured]

    def figures(self, outputs: Outputs) -> dict[str, Row]:
        """Return separation and calibration by set, and for planted errors by kind."""
        return support_figures(self.measured, outputs)

    def before(self, embed: Embed) -> dict[str, Row]:
        """Nothing: ``eval verify`` measures the verifier in use, on the same public sets."""
        return {}


def open_head(
    head: HeadName, tokens: LearningTokens, data: Path, left_out: frozenset[str], seed: int
) -> HeadJob:
    """Read the data of a head. Raises ``UsageError`` where a file is missing or malformed."""
    if head == "answers":
        found = answer_data(data, left_out, seed)
        return AnswersJob(tokens, found.train, found.stop, measured_groups(found.held_out, seed), seed)
    pairs = support_data(data, left_out, seed)
    measured = measured_pairs(pairs.held_out, data, seed)
    return SupportsJob(tokens, pairs.train, pairs.stop, measured, seed)
