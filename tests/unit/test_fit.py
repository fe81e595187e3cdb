"""The fits: signs that hold, data that is not fitted on, and the decision what ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from eval.fit.logistic import Examples, fitted
from eval.fit.origin import FITTED, Origin, Source, not_worse, source, write_weights
from eval.fit.pairs import PairSources
from eval.fit.ranking import Case, fit, loss_and_slope, mean_ndcg
from eval.fit.relevance import WEIGHTS, choose_threshold
from eval.fit.table import Cases, read_table, write_table
from rag.core.errors import UsageError


def examples(values: list[list[float]], labels: list[float], scale: float = 1.0) -> Examples:
    count = len(labels)
    return Examples(np.array(values), np.array(labels), np.full(count, 1 / count), np.full(count, scale))


class TestLogistic:
    def test_what_goes_with_the_label_gets_a_positive_weight(self) -> None:
        intercept, (weight,) = fitted(examples([[0.0], [1.0]] * 5, [0.0, 1.0] * 5), [0], 0.001)
        assert weight > 1
        assert intercept == pytest.approx(
            -weight / 2, abs=0.01
        )  # the two classes are alike: the boundary lies half way

    def test_a_weight_does_not_cross_to_the_sign_that_is_forbidden(self) -> None:
        against = examples([[0.0], [1.0]] * 5, [1.0, 0.0] * 5)
        assert fitted(against, [1], 0.001)[1] == [0.0]
        assert fitted(against, [-1], 0.001)[1][0] < -1

    def test_an_intercept_alone_says_the_share_of_positives(self) -> None:
        # Three of four are positive and nothing tells them apart: log(3/4 : 1/4) = 1.0986.
        intercept, _ = fitted(examples([[0.0]] * 4, [1.0, 1.0, 1.0, 0.0]), [0], 0.001)
        assert intercept == pytest.approx(1.0986, abs=0.001)

    def test_a_penalty_draws_weights_to_nothing(self) -> None:
        told = examples([[0.0], [1.0]] * 5, [0.0, 1.0] * 5)
        assert fitted(told, [0], 10.0)[1][0] < 0.1

    def test_a_capped_item_counts_as_the_cap_lets_it(self) -> None:
        # Capped at 0.5, a probability of 1 says 0.5: the share of positives that the intercept can reach.
        intercept, _ = fitted(examples([[0.0]] * 4, [1.0, 1.0, 0.0, 0.0], scale=0.5), [0], 0.001)
        assert intercept > 3


class TestPairs:
    @staticmethod
    def line(**values: object) -> str:
        return json.dumps({"premise": "p", "claim": "c", "label": 1, "half": "fit", **values}) + "\n"

    def test_own_pairs_keep_their_half_and_their_file_its_digest(self, tmp_path: Path) -> None:
        file = tmp_path / "own.jsonl"
        file.write_text(self.line() + self.line(half="held-out", label=0), encoding="utf-8")
        pairs, sources = PairSources(file).read()
        assert [(pair.part, pair.label) for pair in pairs] == [("fit", 1), ("held-out", 0)]
        assert sources == [source(file, 2)]

    @pytest.mark.parametrize("bad", [{"half": "both"}, {"label": 2}, {"label": None}])
    def test_a_line_that_says_neither_half_nor_label_is_refused(
        self, tmp_path: Path, bad: dict[str, object]
    ) -> None:
        file = tmp_path / "own.jsonl"
        file.write_text(self.line(**bad), encoding="utf-8")
        with pytest.raises(UsageError):
            PairSources(file).read()


class TestWhatShips:
    OLD: ClassVar[dict[str, dict[str, float | int | None]]] = {
        "own, held-out": {"n": 4, "auroc": 0.9, "balanced_accuracy": 0.8},
        "b, held-out": {"n": 2, "auroc": None},
    }

    def test_equal_figures_ship(self) -> None:
        assert not_worse(self.OLD, self.OLD, ("auroc", "balanced_accuracy"))

    def test_one_set_that_falls_is_enough_to_keep_the_old_ones(self) -> None:
        fallen = {**self.OLD, "own, held-out": {"n": 4, "auroc": 0.95, "balanced_accuracy": 0.79}}
        assert not not_worse(fallen, self.OLD, ("auroc", "balanced_accuracy"))

    def test_the_file_holds_weights_and_origin_on_one_level(self, tmp_path: Path) -> None:
        origin = Origin(FITTED, "traboule eval fit x", (Source("d", "0" * 64, 3),), 7, self.OLD)
        write_weights(tmp_path / "w.json", origin.document({"weights": {"a": 1.0}}))
        found = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
        assert found["weights"] == {"a": 1.0}
        assert (found["origin"], found["seed"], found["data"]) == (
            "fitted",
            7,
            [{"name": "d", "sha256": "0" * 64, "n": 3}],
        )


class TestRanking:
    # Two candidates: the first is told by feature 0, the second by feature 1; the second document is
    # relevant.
    CASE = Case(np.array([[1.0, 0, 0, 0, 0, 0, 0], [0.0, 1, 0, 0, 0, 0, 0]]), ("a", "b"), (), {"b": 1})

    def test_ndcg_follows_the_order_that_weights_give(self) -> None:
        assert self.CASE.ndcg(None) == pytest.approx(1 / np.log2(3))  # second place
        assert self.CASE.ndcg(np.array([1.0, 2, 0, 0, 0, 0, 0])) == 1.0

    def test_the_slope_is_that_of_the_loss(self) -> None:
        point, step = np.array([1.0, 0.5, 0, 0, 0, 0, 0]), 1e-6
        _, slope = loss_and_slope(point, self.CASE)
        for place in (0, 1):
            moved = point.copy()
            moved[place] += step
            risen = (loss_and_slope(moved, self.CASE)[0] - loss_and_slope(point, self.CASE)[0]) / step
            assert slope[place] == pytest.approx(risen, abs=1e-4)

    def test_a_fit_ranks_what_it_was_fitted_on_better(self) -> None:
        weights = fit([[self.CASE]])
        assert mean_ndcg([self.CASE], weights) == 1.0
        assert (weights >= 0).all()


def test_the_threshold_of_the_gate_is_the_highest_that_refuses_few_answerable_questions() -> None:
    # In every collection 25 answerable questions score 0.45 but for two, at 0.20 and 0.30: 2 of 25 (8 %) may
    # be refused, so up to 0.45.
    names = [name for name in WEIGHTS for _ in range(25)]
    scores = np.array([0.20, 0.30, *[0.455] * 23] * len(WEIGHTS))
    count = len(names)
    cases = Cases(
        ("x",), np.zeros((count, 1)), np.ones(count, dtype=bool), np.array(names), np.ones(count, dtype=bool)
    )
    assert choose_threshold(cases, scores) == 0.45


def test_cases_are_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    cases = Cases(
        ("x", "y"),
        np.array([[0.5, -1.25], [2.0, 0.0]]),
        np.array([True, False]),
        np.array(["a", "b"]),
        np.array([False, True]),
    )
    write_table(cases, tmp_path / "t.csv.gz")
    again = read_table(tmp_path / "t.csv.gz")
    assert again.names == cases.names
    assert (again.values == cases.values).all()
    assert (again.labels.tolist(), again.collections.tolist(), again.whole.tolist()) == (
        [True, False],
        ["a", "b"],
        [False, True],
    )
    first = (tmp_path / "t.csv.gz").read_bytes()
    write_table(again, tmp_path / "t.csv.gz")
    assert (tmp_path / "t.csv.gz").read_bytes() == first


def test_a_file_that_is_no_table_of_cases_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError):
        read_table(tmp_path / "t.csv")
