"""Item scores → metrics with intervals, for all items and slice by slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from eval.report.document import ItemJson, MetricJson
from eval.statistics.scores import PLACES, ItemScores, Unscored, summarise

_SMALLEST_SLICE = 2


def item(identifier: str, scores: ItemScores, slices: Mapping[str, str]) -> ItemJson:
    """Return one item with its scores, rounded, and the reasons of those it lacks."""
    return ItemJson(
        id=identifier,
        scores={
            name: None if isinstance(score, Unscored) else round(score, PLACES)
            for name, score in scores.items()
        },
        unscored={name: score.reason for name, score in scores.items() if isinstance(score, Unscored)},
        slices=dict(slices),
    )


def metrics_of(names: Iterable[str], items: Sequence[ItemJson]) -> dict[str, MetricJson]:
    """Return every metric over some items."""
    summary = summarise(names, [_scores(found) for found in items])
    return {
        name: MetricJson(
            mean=_rounded(mean),
            low=_rounded(interval[0]) if (interval := summary.intervals[name]) else None,
            high=_rounded(interval[1]) if interval else None,
            n=summary.counts[name],
            unscored=dict(summary.unscored.get(name, {})),
        )
        for name, mean in summary.means.items()
    }


def slices_of(names: Sequence[str], items: Sequence[ItemJson]) -> dict[str, dict[str, dict[str, MetricJson]]]:
    """Return every metric by slice and value. A slice that parts nothing is left out, and so is a metric that
    no item of a value has.
    """
    by: dict[str, dict[str, list[ItemJson]]] = defaultdict(lambda: defaultdict(list))
    for found in items:
        for name, value in found.slices.items():
            by[name][value].append(found)
    return {
        name: {
            value: {metric: figure for metric, figure in metrics_of(names, members).items() if figure.n}
            for value, members in sorted(values.items())
            if len(members) >= _SMALLEST_SLICE
        }
        for name, values in sorted(by.items())
        if len(values) > 1
    }


def _scores(found: ItemJson) -> ItemScores:
    return {
        name: Unscored(found.unscored.get(name, "unknown")) if score is None else score
        for name, score in found.scores.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)
