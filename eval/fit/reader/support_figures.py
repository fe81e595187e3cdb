"""How well support is told from the rest, on data that was not trained on: the declared public sets, held-out
pairs, and planted errors by kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.datasets.declarations import dataset
from eval.datasets.pairs import read_all_pairs
from eval.datasets.records import read_records
from eval.datasets.sample import sampled
from eval.fit.pairs import MEASURED_ON
from eval.fit.reader.data.contrast import SUPPORT, SupportPair
from eval.metrics.calibration import calibration_error, reliability
from eval.metrics.verdicts import auroc, balanced_accuracy

Outputs = Sequence[NDArray[np.floating]]
Row = dict[str, float | int | None]
XNLI = "xnli_fr_test"
_MOST = 120
_CLASSES = ("support", "neutral", "contradict")


def measured_pairs(held_out: Sequence[SupportPair], data: Path, seed: int) -> list[SupportPair]:
    """Return up to so many pairs a set: held-out ones, the declared sets and French XNLI, which nothing is
    trained on.

    Raises:
        UsageError: a file is missing or malformed.
    """
    by_set: dict[str, list[SupportPair]] = defaultdict(list)
    for pair in held_out:
        by_set[pair.source].append(pair)
    found = [
        pair
        for name in sorted(by_set)
        for pair in Random(f"{seed} {name}").sample(by_set[name], min(_MOST, len(by_set[name])))
    ]
    for name in MEASURED_ON:
        declared = dataset(name, "verify")
        pairs = [pair for pair in read_all_pairs(declared.paths(data), declared.form) if pair.premise.strip()]
        found += [
            SupportPair(name, "en", "held-out", pair.premise, pair.claim, 0 if pair.label else 3, "")
            for pair in sampled(pairs, _MOST)
        ]
    records = list(read_records(data / "train" / "verify" / f"{XNLI}.jsonl.gz"))
    found += [
        SupportPair(
            XNLI,
            "fr",
            "held-out",
            record.text("premise"),
            record.text("claim"),
            _CLASSES.index(record.text("label")),
            "",
        )
        for record in Random(seed).sample(records, min(_MOST, len(records)))
    ]
    return found


def separation(pairs: Sequence[SupportPair], outputs: Outputs) -> dict[str, float]:
    """Return AUROC of support, balanced accuracy at one half, and accuracy over three classes."""
    shares = _shares(outputs)
    labels = [int(pair.label == SUPPORT) for pair in pairs]
    scores = [float(share[0]) for share in shares]
    known = [number for number, pair in enumerate(pairs) if pair.label < len(_CLASSES)]
    right = [int(np.argmax(shares[number])) == pairs[number].label for number in known]
    found = {
        "auroc": auroc(labels, scores),
        "balanced_accuracy": balanced_accuracy(labels, [score >= 0.5 for score in scores]),
        "accuracy": float(np.mean(right)) if right else None,
    }
    return {name: float("nan") if value is None else value for name, value in found.items()}


def support_figures(pairs: Sequence[SupportPair], outputs: Outputs) -> dict[str, Row]:
    """Return the figures of each set; for planted errors also, by kind, the share told right at one half."""
    found: dict[str, Row] = {}
    for name in sorted({pair.source for pair in pairs}):
        chosen = [number for number, pair in enumerate(pairs) if pair.source == name]
        part, values = [pairs[number] for number in chosen], [outputs[number] for number in chosen]
        row: Row = {"n": len(part)}
        row |= {
            key: None if np.isnan(value) else round(value, 4)
            for key, value in separation(part, values).items()
        }
        labels = [int(pair.label == SUPPORT) for pair in part]
        error = calibration_error(reliability(labels, [float(share[0]) for share in _shares(values)]))
        found[f"{name}, held-out"] = row | {"ece": None if error is None else round(error, 4)}
    return found | _by_error(pairs, _shares(outputs))


def _by_error(pairs: Sequence[SupportPair], shares: NDArray[np.floating]) -> dict[str, Row]:
    told: dict[str, list[bool]] = defaultdict(list)
    for pair, share in zip(pairs, shares, strict=True):
        if pair.source.endswith("_contrast"):
            told[pair.error].append((share[0] >= 0.5) == (pair.label == SUPPORT))
    return {
        f"planted: {error}, held-out": {"n": len(right), "told": round(float(np.mean(right)), 4)}
        for error, right in sorted(told.items())
    }


def _shares(outputs: Outputs) -> NDArray[np.floating]:
    values = np.concatenate(list(outputs))
    values = np.exp(values - values.max(1, keepdims=True))
    return np.asarray(values / values.sum(1, keepdims=True))
