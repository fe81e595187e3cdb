"""Fits the relevance gate on the cases of ``tools/relevance_cases.py`` and writes ``rag/answer/relevance/relevance.json``.

Every score that is reported, and the threshold, come from a fit without that score's collection. Each case is also seen cut to its
first one to five candidates, because a small file gives few. Run it from the repository: ``python tools/fit_relevance.py WORK``.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.answer.relevance.gate import Candidate, features

TARGET = Path(__file__).parents[1] / "rag" / "answer" / "relevance.json"
WRONGLY_REFUSED = 0.08
"""The threshold is the highest that refuses no larger share of answerable questions, the trusted collections counting alike."""

WEIGHTS = {
    "fr_natural": 2.0,
    "en_notes": 2.0,
    "fr_paraphrased": 2.5,
    "en_paraphrased": 2.5,
    "fr_cases": 1.5,
    "en_cases": 1.5,
    "leaflets": 1.2,
    "leaflets_all": 0.6,
    "elsewhere": 0.5,
    "bioasq12b_snippets": 1.0,
    "pubmedqa": 1.0,
    "liveqa_medquad": 0.3,
}
"""The last is noisy here: what was taken out is often said elsewhere in the collection and not judged."""
_NOISY = ("liveqa_medquad",)
_ALIKE = {"leaflets": "leaflets_all", "leaflets_all": "leaflets"}
_CUT_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases as arrays; ``whole`` is false for those cut to a few candidates."""

    names: tuple[str, ...]
    values: np.ndarray
    labels: np.ndarray
    collections: np.ndarray
    whole: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """The weight of each case in a fit."""
        return np.array([WEIGHTS[name] for name in self.collections]) * np.where(self.whole, 1.0, _CUT_WEIGHT)


def read_cases(work: Path) -> Cases:
    """Read the cases and compute their features."""
    chance = random.Random(1)
    rows: list[dict[str, float]] = []
    labels, collections, whole = [], [], []
    for line in (work / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        shown = [Candidate(**{**item, "section": tuple(item["section"])}) for item in case["candidates"]]
        for is_whole, part in ((True, shown), (False, shown[: chance.randint(1, 5)])):
            rows.append(features(case["question"], case["language"], part))
            labels.append(case["answerable"])
            collections.append(case["collection"])
            whole.append(is_whole)
    names = tuple(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    return Cases(names, values, np.array(labels), np.array(collections), np.array(whole))


def fit(cases: Cases, kept: np.ndarray) -> tuple[float, np.ndarray]:
    """Return intercept and weights, on the features as they are."""
    mean, spread = cases.values[kept].mean(axis=0), cases.values[kept].std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, max_iter=3000)
    model.fit((cases.values[kept] - mean) / spread, cases.labels[kept], sample_weight=cases.weights[kept])
    weights = model.coef_[0] / spread
    return float(model.intercept_[0] - weights @ mean), weights


def held_out_scores(cases: Cases) -> np.ndarray:
    """Return a score for every case from a fit that saw nothing of its collection."""
    scores = np.zeros(len(cases.labels))
    for name in set(cases.collections):
        held = cases.collections == name
        intercept, weights = fit(cases, ~held & (cases.collections != _ALIKE.get(name)))
        scores[held] = 1 / (1 + np.exp(-(intercept + cases.values[held] @ weights)))
    return scores


def choose_threshold(cases: Cases, scores: np.ndarray) -> float:
    """Return the highest threshold, in hundredths, that keeps to ``WRONGLY_REFUSED``."""
    trusted = [name for name in WEIGHTS if name not in _NOISY and name != "elsewhere"]
    within = [
        level
        for level in np.arange(0.05, 0.8, 0.01)
        if np.mean([np.mean(scores[_part(cases, name, answerable=True)] < level) for name in trusted]) <= WRONGLY_REFUSED
    ]
    return round(float(max(within)), 2)


def _part(cases: Cases, name: str, *, answerable: bool, whole: bool = True) -> np.ndarray:
    return (cases.collections == name) & (cases.labels == answerable) & (cases.whole == whole)


def report(cases: Cases, scores: np.ndarray, threshold: float) -> dict[str, dict[str, float | int]]:
    """Return, for each collection, AUROC and the shares refused at the threshold."""
    measured: dict[str, dict[str, float | int]] = {}
    for name in WEIGHTS:
        refused = {kind: scores[_part(cases, name, answerable=kind)] < threshold for kind in (False, True)}
        row: dict[str, float | int] = {"unanswerable": len(refused[False]), "refused": round(float(np.mean(refused[False])), 3)}
        if len(refused[True]):
            both = _part(cases, name, answerable=False) | _part(cases, name, answerable=True)
            row |= {"answerable": len(refused[True]), "wrongly_refused": round(float(np.mean(refused[True])), 3)}
            row |= {"auroc": round(float(roc_auc_score(cases.labels[both], scores[both])), 3)}
        measured[name] = row
    return measured


def main(arguments: Sequence[str]) -> None:
    """Fit, report, write."""
    cases = read_cases(Path(arguments[0]))
    scores = held_out_scores(cases)
    threshold = choose_threshold(cases, scores)
    measured = report(cases, scores, threshold)
    for name, row in measured.items():
        print(f"{name:20}", row)
    intercept, weights = fit(cases, np.ones(len(cases.labels), dtype=bool))
    table = {
        "made": "tools/relevance_cases.py and tools/fit_relevance.py; logistic regression on the cases counted below, each collection "
        "weighted as WEIGHTS there; every figure is from a fit without its collection",
        "threshold": threshold,
        "intercept": round(intercept, 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(cases.names, weights, strict=True)},
        "measured": measured,
    }
    TARGET.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
