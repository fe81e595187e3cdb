"""Scores of single items, and what becomes of them: means and intervals over the items where a metric is
defined.

An item that cannot be scored is counted with its reason and never averaged in as 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.statistics.inference import bootstrap_interval


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why a metric is not defined for an item."""

    reason: str


Score = float | Unscored
PLACES = 6
"""To which figures are rounded: one leak in tens of thousands of questions must not round to none."""
ItemScores = Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Summary:
    """Of each metric: the mean (None where no item has it), the 95 % interval (from two items on), and the
    unscored items by reason.
    """

    means: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float] | None]
    unscored: Mapping[str, Mapping[str, int]]
    counts: Mapping[str, int]


def summarise(metrics: Iterable[str], items: Sequence[ItemScores]) -> Summary:
    """Sum up the scores of every item, metric by metric."""
    means: dict[str, float | None] = {}
    intervals: dict[str, tuple[float, float] | None] = {}
    unscored: dict[str, Mapping[str, int]] = {}
    counts: dict[str, int] = {}
    for metric in metrics:
        scores = [item[metric] for item in items]
        values = [score for score in scores if not isinstance(score, Unscored)]
        means[metric] = sum(values) / len(values) if values else None
        intervals[metric] = bootstrap_interval(values)
        counts[metric] = len(values)
        if reasons := Counter(score.reason for score in scores if isinstance(score, Unscored)):
            unscored[metric] = dict(sorted(reasons.items()))
    return Summary(means, intervals, unscored, counts)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which ``share`` (in [0, 1]) of the values lie, interpolated; None where there
    are none.
    """
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
