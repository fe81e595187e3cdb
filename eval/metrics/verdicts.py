"""Metrics of a verifier: its scores of labelled pairs against the labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from eval.metrics.calibration import brier, calibration_error, reliability
from eval.metrics.metric import Metric, Words
from eval.statistics.inference import RESAMPLES, auroc_interval, resampled

Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Labels (1 supported, 0 not) and scores in [0, 1] of the same pairs; at ``threshold`` or above a pair is
    called supported.
    """

    labels: Sequence[int]
    scores: Sequence[float]
    threshold: float

    @property
    def called(self) -> list[bool]:
        """Return what each pair is called."""
        return [score >= self.threshold for score in self.scores]

    def right(self) -> list[float]:
        """Return 1 for each pair that is called what it is, else 0."""
        return [float(called == bool(label)) for called, label in zip(self.called, self.labels, strict=True)]

    def squared_errors(self) -> list[float]:
        """Return the squared distance of score and label, pair by pair."""
        return [(score - label) ** 2 for score, label in zip(self.scores, self.labels, strict=True)]

    def balanced(self) -> list[float]:
        """Return what is right, weighed so that both classes, which must be there, count half."""
        counts = {1: sum(self.labels), 0: len(self.labels) - sum(self.labels)}
        return [
            value * len(self.labels) / (2 * counts[label])
            for value, label in zip(self.right(), self.labels, strict=True)
        ]

    def by_class(self) -> tuple[list[float], list[float]]:
        """Return the scores of the supported pairs and of the others."""
        return tuple(
            [score for score, label in zip(self.scores, self.labels, strict=True) if label == kind]
            for kind in (1, 0)
        )  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictMetric(Metric):
    """A metric of labelled pairs; ``function`` gives None where the labels do not allow it.

    ``parts`` are the scores of single pairs whose mean is the figure, where it has any: what is compared pair
    by pair. ``interval`` gives the 95 % interval; that of the mean of the parts when None.
    """

    function: Callable[[Verdicts], float | None]
    parts: Callable[[Verdicts], Sequence[float | None]] | None = None
    interval: Callable[[Verdicts], Interval] | None = None

    def ends(self, found: Verdicts) -> Interval:
        """Return the interval, pairs drawn anew within their class; None where nothing can be drawn or a
        class is missing.
        """
        if not 0 < sum(found.labels) < len(found.labels):
            return None
        if self.interval is not None:
            return self.interval(found)
        parts = None if self.parts is None else [part for part in self.parts(found) if part is not None]
        return _interval(found, parts) if parts is not None and len(parts) == len(found.labels) else None


def _interval(found: Verdicts, values: Sequence[float]) -> Interval:
    return resampled({"mean": values}, found.labels, RESAMPLES)["mean"]


def balanced_accuracy(labels: Sequence[int], supported: Sequence[bool]) -> float | None:
    """Return the mean of the shares of positives and of negatives that are called what they are; None where a
    class is missing.
    """
    of_positives = [called for label, called in zip(labels, supported, strict=True) if label]
    of_negatives = [not called for label, called in zip(labels, supported, strict=True) if not label]
    if not of_positives or not of_negatives:
        return None
    return (sum(of_positives) / len(of_positives) + sum(of_negatives) / len(of_negatives)) / 2


def auroc(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the chance that a positive scores above a negative, ties counting half (Mann-Whitney); None
    where a class is missing.
    """
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    ordered = sorted(range(len(scores)), key=lambda place: scores[place])
    rank_sum, first = 0.0, 0
    while first < len(ordered):
        last = first
        while last + 1 < len(ordered) and scores[ordered[last + 1]] == scores[ordered[first]]:
            last += 1
        rank_sum += ((first + last) / 2 + 1) * sum(labels[place] for place in ordered[first : last + 1])
        first = last + 1
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def placements(labels: Sequence[int], scores: Sequence[float]) -> list[float | None]:
    """Return for each pair the share of the other class that it is on the right side of, ties counting half;
    None where a class is missing.

    The mean over either class is the AUROC, so that two verifiers can be compared pair by pair (DeLong et
    al., Biometrics 1988).
    """
    import numpy as np

    truth, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if truth.all() or not truth.any():
        return [None] * len(scores)
    found = np.empty(len(values))
    for own, other, sign in ((truth, ~truth, 1.0), (~truth, truth, -1.0)):
        others = np.sort(sign * values[other])
        below = np.searchsorted(others, sign * values[own], "left") + np.searchsorted(
            others, sign * values[own], "right"
        )
        found[own] = below / (2 * len(others))
    return [float(value) for value in found]


VERDICTS: tuple[VerdictMetric, ...] = (
    VerdictMetric(
        name="balanced_accuracy",
        function=lambda found: balanced_accuracy(found.labels, found.called),
        interval=lambda found: _interval(found, found.balanced()),
        label=Words("Balanced accuracy", "Exactitude équilibrée"),
        about=Words(
            "Mean of the shares of supported and of unsupported pairs called so, at the fixed threshold.",
            "Moyenne des parts de paires étayées et non étayées reconnues, au seuil fixé.",
        ),
        headline=1,
    ),
    VerdictMetric(
        name="auroc",
        function=lambda found: auroc(found.labels, found.scores),
        parts=lambda found: placements(found.labels, found.scores),
        interval=lambda found: auroc_interval(*found.by_class()),
        label=Words("AUROC", "AUROC"),
        about=Words(
            "Chance that a supported pair scores above an unsupported one.",
            "Chance qu'une paire étayée ait un score supérieur à une paire non étayée.",
        ),
        headline=2,
    ),
    VerdictMetric(
        name="accuracy",
        function=lambda found: mean(found.right()) if found.labels else None,
        parts=Verdicts.right,
        label=Words("Accuracy", "Exactitude"),
        about=Words(
            "Share of the pairs called what they are.",
            "Part des paires reconnues pour ce qu'elles sont.",
        ),
    ),
    VerdictMetric(
        name="ece",
        function=lambda found: calibration_error(reliability(found.labels, found.scores)),
        label=Words("Calibration error (ECE)", "Erreur de calibration (ECE)"),
        about=Words(
            "Mean distance of score and share supported, over ten bins.",
            "Écart moyen entre score et part étayée, sur dix classes.",
        ),
        is_lower_better=True,
        headline=3,
    ),
    VerdictMetric(
        name="brier",
        function=lambda found: brier(found.labels, found.scores),
        parts=Verdicts.squared_errors,
        label=Words("Brier score", "Score de Brier"),
        about=Words(
            "Mean squared distance of score and label.",
            "Écart quadratique moyen entre score et étiquette.",
        ),
        is_lower_better=True,
    ),
)
