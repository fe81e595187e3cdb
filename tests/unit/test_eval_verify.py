"""The figures of ``eval verify``, against counts made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.metrics.verdicts import auroc, balanced_accuracy, placements
from eval.verify.measurement import evaluate_pairs
from rag.core.errors import UsageError
from rag.core.types import Verdict


class Scripted:
    """A verifier that finds its support written in the claim."""

    name = "scripted"
    threshold = 0.5

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        return [Verdict(float(claim)) for _, claim in pairs]


def pairs_file(folder: Path, *rows: object) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def pair(support: float, label: int | None = None) -> dict[str, object]:
    return {"premise": "p", "claim": str(support), **({} if label is None else {"label": label})}


def test_labelled_pairs_are_scored(tmp_path: Path) -> None:
    path = pairs_file(tmp_path, pair(0.9, 1), pair(0.4, 1), pair(0.6, 0), pair(0.1, 0), pair(0.2, 0))
    report = evaluate_pairs(path, Scripted()).to_json()
    assert report["scores"] == [0.9, 0.4, 0.6, 0.1, 0.2]
    assert report["balanced_accuracy"] == pytest.approx(
        (1 / 2 + 2 / 3) / 2
    )  # 0.9 of two positives passes, 0.1 and 0.2 of three negatives do not
    assert report["auroc"] == pytest.approx(5 / 6)  # of 2 × 3 orders only 0.4 against 0.6 is wrong
    assert (report["n"], report["threshold"], report["verifier"]) == (5, 0.5, "scripted")
    assert isinstance(report["pairs_per_s"], float)


def test_pairs_without_label_get_scores_and_no_figures(tmp_path: Path) -> None:
    report = evaluate_pairs(pairs_file(tmp_path, pair(0.9), pair(0.2)), Scripted()).to_json()
    assert report["scores"] == [0.9, 0.2]
    assert report["balanced_accuracy"] is None
    assert report["auroc"] is None


def test_figures_count_the_labelled_lines_only(tmp_path: Path) -> None:
    report = evaluate_pairs(
        pairs_file(tmp_path, pair(0.9, 1), pair(0.95), pair(0.2, 0)), Scripted()
    ).to_json()
    assert (report["n"], report["labelled"]) == (3, 2)
    assert report["auroc"] == 1.0


def test_the_mean_placement_of_either_class_is_the_auroc() -> None:
    labels, scores = [1, 0, 1, 0, 0, 1], [0.9, 0.4, 0.4, 0.3, 0.95, 0.1]
    placed = placements(labels, scores)
    assert placed == pytest.approx([2 / 3, 1.5 / 3, 1.5 / 3, 2 / 3, 0.0, 0.0])
    for kind in (0, 1):
        own = [place or 0.0 for place, label in zip(placed, labels, strict=True) if label == kind]
        assert sum(own) / 3 == pytest.approx(auroc(labels, scores))
    assert placements([1, 1], [0.1, 0.2]) == [None, None]


def test_support_at_the_threshold_counts_as_supported() -> None:
    assert balanced_accuracy([1, 0], [0.5 >= 0.5, 0.49 >= 0.5]) == 1.0


def test_ties_count_half() -> None:
    assert auroc([1, 0], [0.3, 0.3]) == 0.5
    assert auroc([1, 1, 0, 0], [0.8, 0.3, 0.3, 0.1]) == pytest.approx(3.5 / 4)  # three orders right, one tie


@pytest.mark.parametrize("labels", [[1, 1], [0, 0], []])
def test_one_class_alone_gives_no_figure(labels: list[int]) -> None:
    assert auroc(labels, [0.5] * len(labels)) is None
    assert balanced_accuracy(labels, [True] * len(labels)) is None


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("not json", "eval_line_not_json"),
        ('["premise", "claim"]', "eval_line_not_json"),
        ('{"premise": "p"}', "eval_bad_field"),
        ('{"premise": "p", "claim": 3}', "eval_bad_field"),
        ('{"premise": "p", "claim": "0.5", "label": 2}', "eval_bad_field"),
        ('{"premise": "p", "claim": "0.5", "label": "yes"}', "eval_bad_field"),
        ('{"premise": "p", "claim": "0.5", "label": true}', "eval_bad_field"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate_pairs(pairs_file(tmp_path, pair(0.5, 1), line), Scripted())
    assert caught.value.key == key
    assert caught.value.variables["line"] == 2


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate_pairs(pairs_file(tmp_path), Scripted())
    assert caught.value.key == "eval_no_pairs"
