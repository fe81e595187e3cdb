"""Means are over what is defined; what is not is counted with its reason."""

from __future__ import annotations

import pytest

from eval.metrics.ranking import ranking_metrics
from eval.statistics.inference import bootstrap_interval
from eval.statistics.scores import Unscored, percentile, summarise


def test_unscored_items_are_counted_and_left_out_of_the_mean() -> None:
    items = [
        {"hit": 1.0},
        {"hit": 0.0},
        {"hit": Unscored("no_gold")},
        {"hit": Unscored("no_gold")},
        {"hit": 1.0},
    ]
    summary = summarise(["hit"], items)
    assert summary.means["hit"] == pytest.approx(2 / 3)
    assert summary.counts["hit"] == 3
    assert summary.unscored["hit"] == {"no_gold": 2}


def test_a_metric_that_no_item_has_is_none_not_zero() -> None:
    summary = summarise(["hit"], [{"hit": Unscored("no_gold")}])
    assert (summary.means["hit"], summary.intervals["hit"], summary.unscored["hit"]) == (
        None,
        None,
        {"no_gold": 1},
    )


def test_the_interval_of_equal_values_is_their_value() -> None:
    assert bootstrap_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_the_interval_is_the_same_every_time_and_holds_the_mean() -> None:
    values = [0.0, 1.0] * 10
    interval = bootstrap_interval(values)
    assert interval is not None
    assert interval == bootstrap_interval(values)
    # The mean of twenty such values has the deviation sqrt(0.5 * 0.5 / 20) = 0.112; 1.96 times that on either
    # side is 0.28 to 0.72.
    assert interval == pytest.approx((0.28, 0.72), abs=0.05)


def test_one_value_has_no_interval() -> None:
    assert bootstrap_interval([1.0]) is None


def test_percentiles_are_interpolated() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert percentile([1.0, 2.0, 3.0], 0.95) == pytest.approx(2.9)  # place 0.95 * 2 = 1.9, between 2 and 3
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None


def test_ranking_metrics_agree_with_a_case_computed_by_hand() -> None:
    qrels = {"q": {"a": 2, "b": 1, "c": 0, "e": 1}}
    found = ranking_metrics({"q": ["c", "b", "x", "a"]}, qrels)["q"]
    # Gains at ranks 2 and 4: 1/log2(3) + 2/log2(5) = 0.63093 + 0.86135. Ideal 2, 1, 1: 2 + 1/log2(3) +
    # 1/log2(4) = 3.13093.
    assert found["ndcg@10"] == pytest.approx(1.49228 / 3.13093, abs=1e-5)
    assert found["recall@1"] == 0.0
    assert found["recall@5"] == pytest.approx(2 / 3)  # a and b of a, b, e
    assert found["mrr@10"] == 0.5
    assert found["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_equal_scores_do_not_reorder_a_ranking() -> None:
    found = ranking_metrics({"q": ["a", "b", "z"]}, {"q": {"a": 1}})
    assert found["q"]["recall@1"] == 1.0


def test_a_query_that_found_nothing_scores_zero_and_is_not_left_out() -> None:
    found = ranking_metrics({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"b": 1}})
    assert found["q2"] == dict.fromkeys(found["q1"], 0.0)
    assert found["q1"]["ndcg@10"] == 1.0


def test_reciprocal_rank_beyond_ten_is_zero() -> None:
    found = ranking_metrics({"q": [*(f"x{n}" for n in range(10)), "a"]}, {"q": {"a": 1}})
    assert found["q"]["mrr@10"] == 0.0
    assert found["q"]["map"] == pytest.approx(1 / 11)
