"""A verification run as a part of a report, and its pairs as a reader browses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.metrics.catalogue import CATALOGUE
from eval.metrics.verdicts import Verdicts
from eval.report.document import BinJson, MetricJson, RunJson
from eval.report.summary import item
from eval.statistics.scores import PLACES, ItemScores, Unscored
from eval.verify.measurement import language_of, slices_of_pair

if TYPE_CHECKING:
    from eval.datasets.pairs import LabelledPair
    from eval.verify.measurement import VerifyReport

_SHOWN_CHARACTERS = 1500


def verify_run(name: str, report: VerifyReport, data: Mapping[str, str]) -> RunJson:
    """Return the run with everything but the texts. Items have what can be averaged: whether they are right,
    their part in the AUROC, and the squared error.
    """
    labelled = report.labelled
    parts = _parts(report.verdicts(labelled))
    items = [
        item(pair.id, scores, slices_of_pair(pair)) for (pair, _), scores in zip(labelled, parts, strict=True)
    ]
    return RunJson(
        name=name,
        measure="verify",
        data=dict(data),
        system={"verifier": report.verifier, "threshold": str(report.threshold)},
        n=len(report.scores),
        metrics=_metrics(report, labelled),
        slices={
            name: {value: _metrics(report, found) for value, found in values.items() if len(found) > 1}
            for name, values in report.slices().items()
        },
        items=items,
        figures={
            "labelled": float(len(labelled)),
            "supported": float(sum(pair.label or 0 for pair, _ in labelled)),
            "threshold": report.threshold,
            "pairs_per_s": round(len(report.scores) / report.seconds, 2) if report.seconds else None,
        },
        reliability=[BinJson(**asdict(found)) for found in report.bins],
    )


def browsed_pairs(report: VerifyReport) -> Iterator[dict[str, object]]:
    """Yield every labelled pair with its score, for the item browser; long premises are cut."""
    for pair, score in report.labelled:
        yield {
            "id": pair.id,
            "kind": "pair",
            "question": pair.claim,
            "language": language_of(pair),
            "premise": pair.premise[:_SHOWN_CHARACTERS],
            "premise_characters": len(pair.premise),
            "label": pair.label,
            "score": round(score, 4),
            "threshold": report.threshold,
        }


def _parts(verdicts: Verdicts) -> list[ItemScores]:
    """Return the scores of each pair by the metrics that have any."""
    columns = {
        metric.name: metric.parts(verdicts) for metric in CATALOGUE.verdicts if metric.parts is not None
    }
    return [
        {
            name: Unscored("one_class_only") if (part := column[place]) is None else part
            for name, column in columns.items()
        }
        for place in range(len(verdicts.labels))
    ]


def _metrics(report: VerifyReport, labelled: list[tuple[LabelledPair, float]]) -> dict[str, MetricJson]:
    means, intervals = report.figures(labelled), report.intervals(labelled)
    found: dict[str, MetricJson] = {}
    for name in CATALOGUE.names("verify"):
        mean, interval = means[name], intervals.get(name)
        unscored = {} if mean is not None else {"one_class_only": len(labelled)}
        found[name] = MetricJson(
            mean=None if mean is None else round(mean, PLACES),
            low=round(interval[0], PLACES) if interval else None,
            high=round(interval[1], PLACES) if interval else None,
            n=len(labelled) if mean is not None else 0,
            unscored=unscored,
        )
    return found
