"""How right a verifier is: its support for labelled (premise, claim) pairs against the labels.

The threshold is the verifier's own, fixed beforehand; nothing here is tuned to the pairs. Where no line is labelled there are scores alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from eval.datasets.records import Record, read_records
from rag.errors import UsageError
from rag.protocols import Verifier

_BATCH = 32


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A premise, a claim, and whether the one supports the other: 1, 0, or None where nobody said."""

    premise: str
    claim: str
    label: int | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Supports in the order of the file, and what they are worth; figures are None where the labels do not allow them."""

    verifier: str
    threshold: float
    scores: tuple[float, ...]
    labels: tuple[int | None, ...]
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval verify --json``."""
        known = [(score, label) for score, label in zip(self.scores, self.labels, strict=True) if label is not None]
        scores, labels = [score for score, _ in known], [label for _, label in known]
        return {
            "n": len(self.scores),
            "labelled": len(known),
            "scores": list(self.scores),
            "balanced_accuracy": balanced_accuracy(labels, [score >= self.threshold for score in scores]),
            "auroc": auroc(labels, scores),
            "threshold": self.threshold,
            "verifier": self.verifier,
            "pairs_per_s": len(self.scores) / self.seconds if self.seconds else None,
        }


def read_pairs(path: Path) -> Iterator[LabelledPair]:
    """Yield the pairs of a JSON Lines file, gzipped or not: ``{"premise", "claim"[, "label": 0 or 1]}``; further fields are ignored.

    Raises:
        UsageError: a line is malformed; the error names file and line.
    """
    for record in read_records(path):
        yield LabelledPair(record.text("premise"), record.text("claim"), _label(record))


def evaluate_pairs(path: Path, verifier: Verifier) -> VerifyReport:
    """Verify every pair of a file. The whole file is read and checked before the first pair is verified.

    Raises:
        UsageError: the file cannot be read, a line is malformed, or there is no pair.
    """
    pairs = list(read_pairs(path))
    if not pairs:
        raise UsageError("eval_no_pairs", file=path)
    started = perf_counter()
    scores: list[float] = []
    for first in range(0, len(pairs), _BATCH):
        batch = [(pair.premise, pair.claim) for pair in pairs[first : first + _BATCH]]
        scores.extend(verdict.support for verdict in verifier.verify(batch))
    labels = tuple(pair.label for pair in pairs)
    return VerifyReport(verifier.name, verifier.threshold, tuple(scores), labels, perf_counter() - started)


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


def _label(record: Record) -> int | None:
    value = record.values.get("label")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in (0, 1):
        raise record.error("label")
    return int(value)
