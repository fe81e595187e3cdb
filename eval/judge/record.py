"""Puts opinions where a reader looks for them: at each item, and among the metrics of the run. What is not
scored says why there, too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.judge.opinions import Judged
from eval.report.document import ItemJson, MetricJson, ReportJson, RunJson
from eval.report.store import REPORT, ReportFolder, write
from eval.report.summary import metrics_of, slices_of
from eval.report.words import label, named
from rag.core.errors import UsageError

PREFIX = "ragas_"
"""Of ragas' metrics in a report, apart from our own of the same name."""
Item = dict[str, object]


@dataclass(frozen=True, slots=True)
class Opinions:
    """What one judge said of the items of a run."""

    judge: str
    metrics: tuple[str, ...]
    judged: tuple[Judged, ...]

    def figures(self) -> dict[str, MetricJson]:
        """Return the mean over the items that were scored, metric by metric, with the reasons of the
        others.
        """
        names = [PREFIX + metric for metric in self.metrics]
        lines = [_scored(ItemJson(id=item, scores={}), judged) for item, judged in self.by_item().items()]
        return metrics_of(names, lines)

    def by_item(self) -> Mapping[str, Sequence[Judged]]:
        """Return what was said of each item."""
        found: dict[str, list[Judged]] = defaultdict(list)
        for judged in self.judged:
            found[judged.id].append(judged)
        return found


def chosen_run(report: ReportJson, name: str | None) -> RunJson:
    """Return the answers run of a report that is to be judged: the one named, else the only one.

    Raises:
        UsageError: there is none of that name, or there are several and none was named.
    """
    runs = [run for run in report.runs if run.measure == "answers" and run.error is None]
    found = [run for run in runs if name in (None, run.name)]
    if len(found) != 1:
        raise UsageError(
            "judge_which_run", report=report.name, runs=", ".join(run.name for run in runs) or "–"
        )
    return found[0]


def items_of(folder: ReportFolder, run: str) -> list[Item]:
    """Return the items of a run with their texts.

    Raises:
        UsageError: they are not there, or cannot be read.
    """
    file = folder.path / "items" / f"{run}.jsonl"
    try:
        items = list(folder.items(run))
    except ValueError:
        items = []
    if not items or not all(isinstance(item, dict) and item.get("id") for item in items):
        raise UsageError("judge_items_unreadable", file=file)
    return items


def file_opinions(
    folder: ReportFolder,
    report: ReportJson,
    run: RunJson,
    items: Sequence[Item],
    said: Opinions,
    language: str,
) -> ReportJson:
    """Write the opinions to the items and to the report, in place of what ragas said before by these metrics;
    return the report.

    Raises:
        StorageError: a file cannot be written.
    """
    by_item = said.by_item()
    lines = [_with_opinions(item, by_item.get(str(item["id"]), ()), said, language) for item in items]
    write(
        folder.path / "items" / f"{run.name}.jsonl",
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines),
    )
    judged = _judged_run(run, said)
    changed = report.model_copy(
        update={"runs": [judged if part.name == run.name else part for part in report.runs]}
    )
    write(folder.path / REPORT, changed.model_dump_json(indent=1))
    return changed


def _with_opinions(item: Item, judged: Sequence[Judged], said: Opinions, language: str) -> Item:
    before = item.get("judges")
    replaced = tuple(
        f" · {words}" for metric in said.metrics for words in label(PREFIX + metric)
    )  # in whatever language it was filed
    kept = [
        entry
        for entry in (before if isinstance(before, list) else [])
        if not str(entry.get("name", "")).endswith(replaced)
    ]
    entries = [
        {
            "name": f"{said.judge} · {named('metric', PREFIX + found.metric, language)}",
            "score": None if found.mean is None else round(found.mean, 4),
            "reason": _in_words(found, language),
        }
        for found in judged
    ]
    return {**item, "judges": kept + entries}


def _in_words(found: Judged, language: str) -> str:
    if found.reason is not None:
        return f"({named('unscored', found.reason, language)})"
    spread = "" if found.spread is None else f"± {found.spread:.2f} (n = {len(found.scores)}) "
    return spread + found.objections


def _judged_run(run: RunJson, said: Opinions) -> RunJson:
    names, by_item = [PREFIX + metric for metric in said.metrics], said.by_item()
    nothing = [Judged("", metric, reasons=("not_asked",)) for metric in said.metrics]
    items = [_scored(item, by_item.get(item.id, nothing)) for item in run.items]
    slices = {
        name: {value: _without(figures, names) for value, figures in values.items()}
        for name, values in run.slices.items()
    }
    for name, values in slices_of(names, items).items():
        for value, figures in values.items():
            slices.setdefault(name, {})[value] = {**slices.get(name, {}).get(value, {}), **figures}
    system = {**run.system, **dict.fromkeys(names, said.judge)}
    return run.model_copy(
        update={
            "items": items,
            "metrics": run.metrics | metrics_of(names, items),
            "slices": slices,
            "system": system,
        }
    )


def _without(figures: Mapping[str, MetricJson], names: Sequence[str]) -> dict[str, MetricJson]:
    return {metric: figure for metric, figure in figures.items() if metric not in names}


def _scored(item: ItemJson, judged: Sequence[Judged]) -> ItemJson:
    """Return an item with the judge's scores beside its own."""
    scores = {PREFIX + found.metric: None if found.mean is None else round(found.mean, 6) for found in judged}
    reasons = {PREFIX + found.metric: found.reason for found in judged if found.reason is not None}
    others = {name: reason for name, reason in item.unscored.items() if name not in scores}
    return item.model_copy(update={"scores": item.scores | scores, "unscored": others | reasons})
