"""Fits the gate on evidence (``rag/answer/relevance/relevance.json``) on the cases of ``eval.fit.cases``.

Every score that is reported, and the threshold, come from a fit without that score's collection. Each case is
also seen cut to its first one to five candidates, because a small file gives few.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.fit.cases import CASES, write_cases
from eval.fit.collections import FILES, SEED, own_questions
from eval.fit.origin import FITTED, Origin, source
from eval.fit.table import PLACES, TABLE, Cases, write_table
from eval.metrics.verdicts import auroc
from rag.answer.relevance.gate import Candidate, features
from rag.core.errors import UsageError
from rag.settings import models_folder

if TYPE_CHECKING:
    from eval.runs.setup import Setup

TOOL = "traboule eval fit relevance"
WRONGLY_REFUSED = 0.08
"""The threshold is the highest that refuses no larger share of answerable questions, the trusted collections
counting alike.
"""

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
_ABOUT = 1100
"""Cases, for the time left only."""


def read_cases(work: Path) -> Cases:
    """Read the cases and compute their features."""
    chance = random.Random(1)  # noqa: S311
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
    return Cases(names, np.round(values, PLACES), np.array(labels), np.array(collections), np.array(whole))


def fit(cases: Cases, kept: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
    """Return intercept and weights, on the features as they are."""
    mean, spread = cases.values[kept].mean(axis=0), cases.values[kept].std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, max_iter=3000)
    model.fit((cases.values[kept] - mean) / spread, cases.labels[kept], sample_weight=_say(cases)[kept])
    weights = model.coef_[0] / spread
    return float(model.intercept_[0] - weights @ mean), weights


def _say(cases: Cases) -> NDArray[np.float64]:
    """Return the weight of each case in a fit."""
    return np.array([WEIGHTS[name] for name in cases.collections]) * np.where(cases.whole, 1.0, _CUT_WEIGHT)


def held_out_scores(cases: Cases) -> NDArray[np.float64]:
    """Return a score for every case from a fit that saw nothing of its collection."""
    scores = np.zeros(len(cases.labels))
    for name in set(cases.collections):
        held = cases.collections == name
        intercept, weights = fit(cases, ~held & (cases.collections != _ALIKE.get(name)))
        scores[held] = 1 / (1 + np.exp(-(intercept + cases.values[held] @ weights)))
    return scores


def choose_threshold(cases: Cases, scores: NDArray[np.float64]) -> float:
    """Return the highest threshold, in hundredths, that keeps to ``WRONGLY_REFUSED``."""
    trusted = [name for name in WEIGHTS if name not in _NOISY and name != "elsewhere"]
    within = [
        level
        for level in np.arange(0.05, 0.8, 0.01)
        if np.mean([np.mean(scores[_part(cases, name, answerable=True)] < level) for name in trusted])
        <= WRONGLY_REFUSED
    ]
    return round(float(max(within)), 2)


def _part(cases: Cases, name: str, *, answerable: bool, whole: bool = True) -> NDArray[np.bool_]:
    return np.asarray((cases.collections == name) & (cases.labels == answerable) & (cases.whole == whole))


def report(
    cases: Cases, scores: NDArray[np.float64], threshold: float
) -> dict[str, dict[str, float | int | None]]:
    """Return, for each collection, AUROC and the shares refused at the threshold."""
    measured: dict[str, dict[str, float | int | None]] = {}
    for name in WEIGHTS:
        refused = {kind: scores[_part(cases, name, answerable=kind)] < threshold for kind in (False, True)}
        row: dict[str, float | int | None] = {
            "n": len(refused[False]) + len(refused[True]),
            "unanswerable": len(refused[False]),
            "refused": round(float(np.mean(refused[False])), 3),
        }
        if len(refused[True]):
            both = _part(cases, name, answerable=False) | _part(cases, name, answerable=True)
            row |= {
                "answerable": len(refused[True]),
                "wrongly_refused": round(float(np.mean(refused[True])), 3),
            }
            row |= {"auroc": _auroc(cases.labels[both], scores[both])}
        measured[f"{name}, left out"] = row
    return measured


def _auroc(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float | None:
    found = auroc([int(label) for label in labels], [float(score) for score in scores])
    return None if found is None else round(found, 3)


def fit_relevance(setup: Setup, questions: Path, data: Path | None, work: Path) -> dict[str, object]:
    """Return the weight file, fitted on the cases that ``work`` holds, or else makes from the questions and
    the data.

    The features of the cases, which hold no text, are left in ``work`` as ``TABLE``: the fit can be done
    again from them alone.

    Raises:
        UsageError: the folder of data was not named, or lacks a file.
    """
    if data is None:
        raise UsageError("eval_no_data", name="relevance")
    folder, file = data.expanduser(), work / CASES
    if not file.is_file():
        with setup.progress.counting("fit.cases", _ABOUT) as advance:
            write_cases(models_folder(setup.settings, setup.home), folder, questions, work, advance)
    cases = read_cases(work)
    write_table(cases, work / TABLE)
    document = weights_of(cases)
    read = [
        source(questions, len(own_questions(questions))),
        *(source(folder / name, None, name) for name in FILES),
    ]
    origin = Origin(
        FITTED,
        TOOL,
        (*read, source(work / TABLE, int(cases.whole.sum()))),
        SEED,
        report(cases, held_out_scores(cases), document.threshold),
    )
    return origin.document(asdict(document))


@dataclass(frozen=True, slots=True)
class GateWeights:
    """What the gate reads."""

    threshold: float
    intercept: float
    weights: Mapping[str, float]


def weights_of(cases: Cases) -> GateWeights:
    """Fit on every case; the threshold is from fits that each left a collection out."""
    threshold = choose_threshold(cases, held_out_scores(cases))
    intercept, weights = fit(cases, np.ones(len(cases.labels), dtype=bool))
    by_name = {name: round(float(weight), 4) for name, weight in zip(cases.names, weights, strict=True)}
    return GateWeights(threshold, round(intercept, 4), by_name)
