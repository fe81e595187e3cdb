"""How right a verifier is: its support for labelled (premise, claim) pairs against the labels.

The threshold is the verifier's own, fixed beforehand; nothing here is tuned to the pairs. Where no line is labelled there are scores alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from eval.datasets.pairs import LabelledPair, read_pairs
from eval.metrics.calibration import Bin, brier, calibration_error, reliability
from eval.scores import PLACES
from eval.stats import RESAMPLES, auroc_interval, resampled
from rag.clinical.language import detect_language
from rag.core.protocols import Verifier

_BATCH = 32
SUPPORTED, UNSUPPORTED = "supported", "not_supported"
METRICS = ("balanced_accuracy", "auroc", "accuracy", "ece", "brier")


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Supports in the order of the pairs, and what they are worth; figures are None where the labels do not allow them."""

    verifier: str
    threshold: float
    scores: tuple[float, ...]
    pairs: tuple[LabelledPair, ...]
    seconds: float

    @property
    def labelled(self) -> list[tuple[LabelledPair, float]]:
        """Return the pairs that have a label, each with its score."""
        return [(pair, score) for pair, score in zip(self.pairs, self.scores, strict=True) if pair.label is not None]

    @property
    def bins(self) -> list[Bin]:
        """Return the reliability of the scores, bin by bin."""
        return reliability(*_columns(self.labelled))

    @property
    def means(self) -> dict[str, float | None]:
        """Return the figures over all labelled pairs."""
        return self.figures(self.labelled)

    def figures(self, labelled: Sequence[tuple[LabelledPair, float]]) -> dict[str, float | None]:
        """Return ``METRICS`` over some labelled pairs."""
        labels, scores = _columns(labelled)
        right = [(score >= self.threshold) == bool(label) for label, score in zip(labels, scores, strict=True)]
        return {
            "balanced_accuracy": balanced_accuracy(labels, [score >= self.threshold for score in scores]),
            "auroc": auroc(labels, scores),
            "accuracy": sum(right) / len(right) if right else None,
            "ece": calibration_error(reliability(labels, scores)),
            "brier": brier(labels, scores),
        }

    def intervals(self, labelled: Sequence[tuple[LabelledPair, float]]) -> dict[str, tuple[float, float] | None]:
        """Return 95 % bootstrap intervals of balanced accuracy, AUROC, accuracy and Brier score; pairs are drawn within their class."""
        labels, scores = _columns(labelled)
        if not 0 < sum(labels) < len(labels):
            return {}
        right = [float((score >= self.threshold) == bool(label)) for label, score in zip(labels, scores, strict=True)]
        errors = [(score - label) ** 2 for label, score in zip(labels, scores, strict=True)]
        weights = [len(labels) / (2 * (sum(labels) if label else len(labels) - sum(labels))) for label in labels]
        balanced = [value * weight for value, weight in zip(right, weights, strict=True)]
        found = resampled({"balanced_accuracy": balanced, "accuracy": right, "brier": errors}, labels, RESAMPLES)
        by_label = {kind: [score for score, label in zip(scores, labels, strict=True) if label == kind] for kind in (0, 1)}
        return {**found, "auroc": auroc_interval(by_label[1], by_label[0])}

    def slices(self) -> dict[str, dict[str, list[tuple[LabelledPair, float]]]]:
        """Return the labelled pairs by slice and value; a slice with one value only says nothing and is left out."""
        by: dict[str, dict[str, list[tuple[LabelledPair, float]]]] = {}
        for pair, score in self.labelled:
            for name, value in slices_of_pair(pair).items():
                by.setdefault(name, {}).setdefault(value, []).append((pair, score))
        return {name: dict(sorted(values.items())) for name, values in by.items() if len(values) > 1}

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval verify --json``."""
        means = self.means
        return {
            "n": len(self.scores),
            "labelled": len(self.labelled),
            "scores": list(self.scores),
            **means,
            "intervals": {name: pair and [round(end, PLACES) for end in pair] for name, pair in self.intervals(self.labelled).items()},
            "threshold": self.threshold,
            "verifier": self.verifier,
            "pairs_per_s": len(self.scores) / self.seconds if self.seconds else None,
            "reliability": [asdict(found) for found in self.bins],
            "slices": {
                name: {value: {"n": len(found), **self.figures(found)} for value, found in values.items()}
                for name, values in self.slices().items()
            },
        }


def evaluate_pairs(path: Path, verifier: Verifier, form: str = "pairs", done: Callable[[int], None] = lambda count: None) -> VerifyReport:
    """Verify every pair of a file. The whole file is read and checked before the first pair is verified. Raises as ``read_pairs`` does."""
    return verify_pairs(read_pairs(path, form), verifier, done)


def verify_pairs(pairs: Sequence[LabelledPair], verifier: Verifier, done: Callable[[int], None] = lambda count: None) -> VerifyReport:
    """Verify pairs, a batch at a time; ``done`` is told how many each batch held."""
    started = perf_counter()
    scores: list[float] = []
    for first in range(0, len(pairs), _BATCH):
        batch = [(pair.premise, pair.claim) for pair in pairs[first : first + _BATCH]]
        scores.extend(verdict.support for verdict in verifier.verify(batch))
        done(len(batch))
    return VerifyReport(verifier.name, verifier.threshold, tuple(scores), tuple(pairs), perf_counter() - started)


def slices_of_pair(pair: LabelledPair) -> dict[str, str]:
    """Return the slices of a labelled pair: language, truth (accuracy is then sensitivity and specificity), and its own."""
    return {"language": language_of(pair), "label": SUPPORTED if pair.label else UNSUPPORTED, **pair.slices}


def language_of(pair: LabelledPair) -> str:
    """Return the language that a pair declares, else that of the claim, with the premise's where it differs: ``fr`` or ``en→fr``."""
    if declared := pair.slices.get("language"):
        return declared
    claim, premise = detect_language(pair.claim), detect_language(pair.premise[:1000])
    return claim if claim == premise else f"{premise}→{claim}"


def balanced_accuracy(labels: Sequence[int], supported: Sequence[bool]) -> float | None:
    """Return the mean of the shares of positives and of negatives that are called what they are; None where a class is missing."""
    of_positives = [called for label, called in zip(labels, supported, strict=True) if label]
    of_negatives = [not called for label, called in zip(labels, supported, strict=True) if not label]
    if not of_positives or not of_negatives:
        return None
    return (sum(of_positives) / len(of_positives) + sum(of_negatives) / len(of_negatives)) / 2


def auroc(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the chance that a positive scores above a negative, ties counting half (Mann-Whitney); None where a class is missing."""
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
    """Return for each pair the share of the other class that it is on the right side of, ties counting half; None where a class is missing.

    The mean over either class is the AUROC, so that two verifiers can be compared pair by pair (DeLong et al., Biometrics 1988).
    """
    import numpy as np

    truth, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if truth.all() or not truth.any():
        return [None] * len(scores)
    found = np.empty(len(values))
    for own, other, sign in ((truth, ~truth, 1.0), (~truth, truth, -1.0)):
        others = np.sort(sign * values[other])
        below = np.searchsorted(others, sign * values[own], "left") + np.searchsorted(others, sign * values[own], "right")
        found[own] = below / (2 * len(others))
    return [float(value) for value in found]


def _columns(labelled: Sequence[tuple[LabelledPair, float]]) -> tuple[list[int], list[float]]:
    return [int(pair.label or 0) for pair, _ in labelled], [score for _, score in labelled]
