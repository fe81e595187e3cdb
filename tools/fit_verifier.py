"""Fits the coefficients of ``rag/answer/verify/verifier.py``: ``python tools/fit_verifier.py [--write]``.

Pairs: the fit half of ``tests/data/verifier_pairs.jsonl`` (written for the project, French, English and across) and labelled public sets of
``$TRABOULE_SHARED_DATA/faith`` (never copied into the project). Prints leave-one-set-out figures and the held-out half; ``--write`` saves.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from rag.answer.verify.guards import check_readings, is_copy
from rag.answer.verify.verifier import features, sentences_of
from rag.clinical.words import read
from rag.models.embedding.embedders import make_embedder
from rag.models.embedding.memo import EmbeddingMemo
from rag.settings import EmbedderSettings

ROOT = Path(__file__).resolve().parents[1]
FAITH = Path(os.environ.get("TRABOULE_SHARED_DATA", ROOT.parent / "shared" / "data")) / "faith"
MODELS = Path(os.environ.get("TRABOULE_MODELS__DIR", ROOT / ".cache" / "models"))
SHARES = {"own_fit": 6.0, "healthver": 1.0, "medhallu": 1.0, "summedits": 0.7, "attributionbench": 1.0}
SIZES = {"healthver": 600, "medhallu": 500, "summedits": 400, "attributionbench": 400}
CAP, THRESHOLD, COPY = 0.3, 0.5, 0.99
LEFT_OUT = {"hard", "premise_length"}


class Row(NamedTuple):
    """One pair, made ready."""

    name: str
    label: int
    copy: bool
    hard: bool
    values: dict[str, float]


def pairs() -> Iterator[tuple[str, str, str, int]]:
    """Yield (set, premise, claim, label)."""
    for line in (ROOT / "tests/data/verifier_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        yield f"own_{item['half']}", item["premise"], item["claim"], item["label"]
    for name, found in (
        ("medhallu", medhallu()),
        ("healthver", healthver()),
        ("attributionbench", attribution()),
        ("summedits", summedits()),
    ):
        chosen = [item for item in found if item[0].strip()]
        random.Random(3).shuffle(chosen)
        yield from ((name, *item) for item in chosen[: SIZES[name]])


def medhallu() -> Iterator[tuple[str, str, int]]:
    """Abstracts with a true and a hallucinated answer."""
    with gzip.open(FAITH / "medhallu.jsonl.gz", "rt", encoding="utf-8") as stream:
        for item in map(json.loads, stream):
            yield " ".join(item["Knowledge"]), item["Ground Truth"], 1
            yield " ".join(item["Knowledge"]), item["Hallucinated Answer"], 0


def healthver() -> Iterator[tuple[str, str, int]]:
    """Health claims with evidence."""
    with (FAITH / "healthver_dev.csv").open(encoding="utf-8", newline="") as stream:
        for item in csv.DictReader(stream):
            yield item["evidence"], item["claim"], int(item["label"] == "Supports")


def attribution() -> Iterator[tuple[str, str, int]]:
    """Claims of answer systems with the references they cite."""
    with gzip.open(FAITH / "attributionbench_dev.jsonl.gz", "rt", encoding="utf-8") as stream:
        for item in map(json.loads, stream):
            yield "\n\n".join(item["references"]), item["claim"], int(item["attribution_label"] == "attributable")


def summedits() -> Iterator[tuple[str, str, int]]:
    """Documents with consistent and edited summaries."""
    for path in sorted((FAITH / "summedits").iterdir()):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for item in json.load(stream):
                yield item["doc"], item["summary"], item["label"]


def rows() -> list[Row]:
    """Compute the features of every pair."""
    memo = EmbeddingMemo(make_embedder(MODELS, EmbedderSettings()), 100_000)
    made = []
    for name, premise, claim, label in pairs():
        given, said = read(premise), read(claim)
        if not given.terms or not said.terms:
            continue
        texts = [text for text in (*sentences_of(given), said.text) if text.strip()]
        findings = check_readings(given, said)
        values = features(given, said, dict(zip(texts, memo.passages(texts), strict=True)), findings)
        made.append(Row(name, label, is_copy(given, said), any(finding.is_hard for finding in findings), values))
    return made


def main() -> None:
    """Fit, report, and write where asked to."""
    found = rows()
    names = [name for name in found[0].values if name not in LEFT_OUT]
    values = np.array([[row.values[name] for name in names] for row in found])
    labels, sets = np.array([row.label for row in found]), np.array([row.name for row in found])
    weights = np.array([SHARES.get(name, 0.0) / (sets == name).sum() * 300 for name in sets])

    def fitted(mask: np.ndarray) -> LogisticRegression:
        return LogisticRegression(max_iter=2000).fit(values[mask], labels[mask], sample_weight=weights[mask])

    def supports(model: LogisticRegression, mask: np.ndarray) -> np.ndarray:
        plain = model.predict_proba(values[mask])[:, 1]
        chosen = [row for row, wanted in zip(found, mask, strict=True) if wanted]
        return np.array([COPY if row.copy else min(p, CAP) if row.hard else p for p, row in zip(plain, chosen, strict=True)])

    figures = {}
    for held in sorted(set(sets) - {"own_fit"}):
        mask = sets == held
        scores = supports(fitted((weights > 0) & ~mask), mask)
        auroc, accuracy = roc_auc_score(labels[mask], scores), balanced_accuracy_score(labels[mask], scores >= THRESHOLD)
        figures[held] = {"n": int(mask.sum()), "auroc": round(float(auroc), 3), "balanced_accuracy": round(float(accuracy), 3)}
        print(held, figures[held])
    model = fitted(weights > 0)
    table = {
        "name": "combined-v1",
        "threshold": THRESHOLD,
        "cap": CAP,
        "intercept": round(float(model.intercept_[0]), 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, model.coef_[0], strict=True)},
        "made": "tools/fit_verifier.py; logistic regression; each set left out in turn, own pairs by topic halves",
        "sets_left_out": figures,
    }
    print(json.dumps(table, indent=2))
    if "--write" in sys.argv:
        (ROOT / "rag/answer/verify/verifier.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
