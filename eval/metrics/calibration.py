"""Whether a score can be read as a probability: reliability by bins, expected calibration error, Brier score.

Guo, Pleiss, Sun, Weinberger: "On Calibration of Modern Neural Networks", ICML 2017 (ten bins of equal width).
Brier 1950.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The scores in [``low``, ``high``): how many, their mean, and the share of them that are positive. The
    last bin holds 1 too.
    """

    low: float
    high: float
    count: int
    mean_score: float
    share_positive: float


def reliability(labels: Sequence[int], scores: Sequence[float]) -> list[Bin]:
    """Return the bins that hold any score, ascending."""
    members: list[list[tuple[float, int]]] = [[] for _ in range(_BINS)]
    for label, score in zip(labels, scores, strict=True):
        members[min(_BINS - 1, int(score * _BINS))].append((score, label))
    return [
        Bin(
            low=place / _BINS,
            high=(place + 1) / _BINS,
            count=len(found),
            mean_score=sum(score for score, _ in found) / len(found),
            share_positive=sum(label for _, label in found) / len(found),
        )
        for place, found in enumerate(members)
        if found
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean distance of score and share of positives over the bins, weighted by their counts; None
    without a bin.
    """
    total = sum(found.count for found in bins)
    return (
        sum(found.count * abs(found.mean_score - found.share_positive) for found in bins) / total
        if total
        else None
    )


def brier(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the mean squared distance of score and label; None without a label."""
    return (
        sum((score - label) ** 2 for label, score in zip(labels, scores, strict=True)) / len(labels)
        if labels
        else None
    )
