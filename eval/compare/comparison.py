"""Two reports, item by item: what changed, by how much, and whether it is more than noise.

Only items scored in both are compared. A difference counts where its p-value, corrected for all metrics of
the run (Holm), is below 0.05.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from eval.metrics.catalogue import CATALOGUE
from eval.report.document import ItemJson, ReportJson, RunJson
from eval.statistics.inference import bootstrap_interval, holm, permutation_p
from eval.statistics.scores import PLACES
from rag.core.errors import UsageError

Verdict = Literal["better", "worse", "no_difference_shown", "same"]
LEVEL = 0.05
_MOST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A metric in both runs: means over the ``n`` items scored in both, their difference (second minus first)
    with its interval.

    ``p`` is of the paired permutation test, ``p_corrected`` after Holm over the metrics of the run;
    ``only_first`` and ``only_second`` count the items that one run alone could score. ``gained`` and ``lost``
    count items that got better and worse; the verdict is ``same`` where no item moved.
    """

    metric: str
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    p: float
    p_corrected: float
    n: int
    only_first: int
    only_second: int
    gained: int
    lost: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A metric that no item has in both runs; counts of the items that one run alone could score."""

    metric: str
    only_first: int
    only_second: int


@dataclass(frozen=True, slots=True)
class MovedItem:
    """An item and a metric that moved far."""

    id: str
    metric: str
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class RunComparison:
    """One run of both reports. ``slices`` give differences by slice and value, not tested: too few items, too
    many tests.

    ``items`` are in both runs, scored or not.
    """

    name: str
    items: int
    changes: tuple[Change, ...]
    uncompared: tuple[Uncompared, ...]
    slices: Mapping[str, Mapping[str, Mapping[str, float]]]
    moved: tuple[MovedItem, ...]
    system: Mapping[str, tuple[str | None, str | None]]
    forced: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports compared; runs of one report only are named."""

    first: str
    second: str
    runs: tuple[RunComparison, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval compare --json``."""
        return asdict(self)


def compare(first: ReportJson, second: ReportJson, *, force: bool = False) -> Comparison:
    """Compare two reports run by run.

    Raises:
        UsageError: they share no run that was measured, or a run was measured on different data and ``force``
        is not given.
    """
    names = [
        run.name
        for run in first.runs
        if (other := second.run(run.name)) and run.measure == other.measure and run.items and other.items
    ]
    if not names:
        raise UsageError("compare_nothing", first=first.name, second=second.name)
    runs = [_compared(_run(first, name), _run(second, name), force=force) for name in names]
    return Comparison(
        first.name,
        second.name,
        tuple(runs),
        tuple(run.name for run in first.runs if run.name not in names),
        tuple(run.name for run in second.runs if run.name not in names),
    )


def _run(report: ReportJson, name: str) -> RunJson:
    found = report.run(name)
    assert found is not None
    return found


def _compared(first: RunJson, second: RunJson, *, force: bool) -> RunComparison:
    differing = sorted(
        name
        for name in first.data.keys() | second.data.keys()
        if first.data.get(name) != second.data.get(name)
    )
    if differing and not force:
        raise UsageError("compare_different_data", run=first.name, parts=", ".join(differing))
    first, second = _balanced(first, second), _balanced(second, first)
    changes, pairs = changes_between(first, second), _pairs(first, second)
    return RunComparison(
        first.name,
        len(pairs),
        changes,
        tuple(_uncompared({change.metric for change in changes}, first, second)),
        _slices([change.metric for change in changes], pairs),
        tuple(_moved([change.metric for change in changes], pairs)),
        {
            key: (first.system.get(key), second.system.get(key))
            for key in sorted(first.system.keys() | second.system.keys())
        },
        bool(differing),
    )


def changes_between(first: RunJson, second: RunJson) -> tuple[Change, ...]:
    """Return what changed in each metric over the items that both runs scored; the data are taken to be the
    same.
    """
    pairs = _pairs(first, second)
    return _changes(
        list(dict.fromkeys(name for item, _ in pairs for name in item.scores)), pairs, first, second
    )


def _pairs(first: RunJson, second: RunJson) -> list[tuple[ItemJson, ItemJson]]:
    others = {item.id: item for item in second.items}
    return [(item, others[item.id]) for item in first.items if item.id in others]


def _balanced(run: RunJson, other: RunJson) -> RunJson:
    """Give labelled pairs the item scores whose means are balanced accuracy and AUROC: weighed so that both
    classes count half.

    Weighed over the pairs that are in the other run too, for only they are compared. Where these are not all,
    there is no AUROC: a pair's part in it is told from all pairs of its own run.
    """
    if run.measure != "verify":
        return run
    common = {item.id for item in run.items} & {item.id for item in other.items}
    is_whole = len(common) == len(run.items) == len(other.items)
    classes = Counter(
        item.slices["label"] for item in run.items if item.id in common and "label" in item.slices
    )
    weights = (
        {label: len(common) / (2 * count) for label, count in classes.items()} if len(classes) == 2 else {}
    )
    items = [
        item.model_copy(
            update={
                "scores": _weighed(item.scores, weights.get(item.slices.get("label", "")), is_whole=is_whole)
            }
        )
        for item in run.items
    ]
    return run.model_copy(update={"items": items})


def _weighed(
    scores: Mapping[str, float | None], weight: float | None, *, is_whole: bool
) -> dict[str, float | None]:
    def weighed(name: str) -> float | None:
        return None if weight is None or (score := scores.get(name)) is None else weight * score

    auroc = {"auroc": weighed("auroc") if is_whole else None} if "auroc" in scores else {}
    return {"balanced_accuracy": weighed("accuracy"), **scores, **auroc}


def _scored(metric: str, pairs: Sequence[tuple[ItemJson, ItemJson]]) -> list[tuple[str, float, float]]:
    return [
        (a.id, one, two)
        for a, b in pairs
        if (one := a.scores.get(metric)) is not None and (two := b.scores.get(metric)) is not None
    ]


def _changes(
    metrics: Sequence[str], pairs: Sequence[tuple[ItemJson, ItemJson]], first: RunJson, second: RunJson
) -> tuple[Change, ...]:
    scored = {metric: found for metric in metrics if (found := _scored(metric, pairs))}
    p_values = {
        metric: p
        for metric, found in scored.items()
        if (p := permutation_p([one for _, one, _ in found], [two for _, _, two in found])) is not None
    }
    corrected = holm(p_values)
    return tuple(
        _change(
            metric,
            found,
            p_values[metric],
            corrected[metric],
            _count(metric, first) - len(found),
            _count(metric, second) - len(found),
        )
        for metric, found in scored.items()
    )


def _change(
    metric: str,
    found: Sequence[tuple[str, float, float]],
    p: float,
    corrected: float,
    only_first: int,
    only_second: int,
) -> Change:
    differences = [two - one for _, one, two in found]
    mean, interval = sum(differences) / len(found), bootstrap_interval(differences)
    verdict: Verdict = "no_difference_shown" if any(differences) else "same"
    if corrected < LEVEL:
        verdict = "better" if CATALOGUE.is_better(metric, mean) else "worse"
    return Change(
        metric=metric,
        first=round(sum(one for _, one, _ in found) / len(found), PLACES),
        second=round(sum(two for _, _, two in found) / len(found), PLACES),
        difference=round(mean, PLACES),
        low=round(interval[0], PLACES) if interval else None,
        high=round(interval[1], PLACES) if interval else None,
        p=round(p, 5),
        p_corrected=round(corrected, 5),
        n=len(found),
        only_first=only_first,
        only_second=only_second,
        gained=sum(CATALOGUE.is_better(metric, difference) for difference in differences if difference),
        lost=sum(CATALOGUE.is_better(metric, -difference) for difference in differences if difference),
        verdict=verdict,
    )


def _uncompared(compared: Collection[str], first: RunJson, second: RunJson) -> Iterator[Uncompared]:
    for metric in dict.fromkeys(
        name for run in (first, second) for item in run.items for name in item.scores
    ):
        counts = _count(metric, first), _count(metric, second)
        if metric not in compared and any(counts):
            yield Uncompared(metric, *counts)


def _count(metric: str, run: RunJson) -> int:
    return sum(item.scores.get(metric) is not None for item in run.items)


def _slices(
    metrics: Sequence[str], pairs: Sequence[tuple[ItemJson, ItemJson]]
) -> dict[str, dict[str, dict[str, float]]]:
    members: dict[str, dict[str, list[tuple[ItemJson, ItemJson]]]] = {}
    for pair in pairs:
        for name, value in pair[0].slices.items():
            members.setdefault(name, {}).setdefault(value, []).append(pair)
    return {
        name: {value: _differences(metrics, found) for value, found in sorted(values.items())}
        for name, values in sorted(members.items())
        if len(values) > 1
    }


def _differences(metrics: Sequence[str], pairs: Sequence[tuple[ItemJson, ItemJson]]) -> dict[str, float]:
    by_metric = {metric: _scored(metric, pairs) for metric in metrics}
    return {
        metric: round(sum(two - one for _, one, two in found) / len(found), PLACES)
        for metric, found in by_metric.items()
        if found
    }


def _moved(metrics: Sequence[str], pairs: Sequence[tuple[ItemJson, ItemJson]]) -> Iterator[MovedItem]:
    """Yield the items that moved farthest, worst first."""
    found = [
        MovedItem(item, metric, one, two)
        for metric in metrics
        for item, one, two in _scored(metric, pairs)
        if one != two
    ]
    found.sort(
        key=lambda moved: (
            -abs(moved.second - moved.first),
            CATALOGUE.is_better(moved.metric, moved.second - moved.first),
            moved.id,
        )
    )
    yield from found[:_MOST_ITEMS]
