"""A verification run as a part of a report, and its pairs as a reader browses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.report.document import BinJson, MetricJson, RunJson
from eval.report.summary import item
from eval.scores import PLACES, ItemScores, Unscored
from eval.verify import METRICS, language_of, placements, slices_of_pair

if TYPE_CHECKING:
    from eval.datasets.pairs import LabelledPair
    from eval.verify import VerifyReport

_SHOWN_CHARACTERS = 1500


def verify_run(name: str, report: VerifyReport, data: Mapping[str, str]) -> RunJson:
    """Return the run with everything but the texts. Items have what can be averaged: whether they are right, their part in the AUROC,
    and the squared error.
    """
    labelled = report.labelled
    placed = placements([int(pair.label or 0) for pair, _ in labelled], [score for _, score in labelled])
    items = [
        item(pair.id, _scores(report, pair, score, place), slices_of_pair(pair))
        for (pair, score), place in zip(labelled, placed, strict=True)
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


def _scores(report: VerifyReport, pair: LabelledPair, score: float, place: float | None) -> ItemScores:
    label = int(pair.label or 0)
    return {
        "accuracy": float((score >= report.threshold) == bool(label)),
        "auroc": Unscored("one_class_only") if place is None else place,
        "brier": (score - label) ** 2,
    }


def _metrics(report: VerifyReport, labelled: list[tuple[LabelledPair, float]]) -> dict[str, MetricJson]:
    means, intervals = report.figures(labelled), report.intervals(labelled)
    found: dict[str, MetricJson] = {}
    for name in METRICS:
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
