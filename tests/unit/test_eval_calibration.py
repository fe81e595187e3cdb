"""Calibration and risk–coverage, against figures worked out by hand."""

from __future__ import annotations

import pytest

from eval.metrics.calibration import Bin, brier, calibration_error, reliability
from eval.metrics.risk import Point, area_under, risk_coverage


def test_scores_are_binned_with_their_share_of_positives() -> None:
    found = reliability([1, 0, 1, 1], [0.05, 0.02, 0.95, 1.0])
    assert [(b.low, b.high, b.count, b.share_positive) for b in found] == [
        (0.0, 0.1, 2, 0.5),
        (0.9, 1.0, 2, 1.0),
    ]
    assert [b.mean_score for b in found] == pytest.approx([0.035, 0.975])


def test_calibration_error_weighs_bins_by_their_count() -> None:
    # 3 pairs 0.2 off and 1 pair 0.1 off: (3 * 0.2 + 0.1) / 4.
    assert calibration_error([Bin(0, 0.1, 3, 0.1, 0.3), Bin(0.9, 1, 1, 0.9, 1.0)]) == pytest.approx(0.175)
    assert calibration_error([]) is None


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier([], []) is None


def test_the_curve_goes_from_the_surest_answer_to_the_last() -> None:
    # Four questions, three answered: right at 0.9, wrong at 0.7, right at 0.5.
    points = risk_coverage([(0.5, True), (0.9, True), (0.7, False)], 4)
    assert points == [Point(0.9, 1 / 4, 0.0), Point(0.7, 2 / 4, 1 / 2), Point(0.5, 3 / 4, 1 / 3)]
    assert area_under(points) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_answers_of_equal_confidence_enter_together() -> None:
    assert risk_coverage([(1.0, True), (1.0, False)], 2) == [Point(1.0, 1.0, 0.5)]


def test_nothing_answered_has_no_risk() -> None:
    assert risk_coverage([], 3) == []
    assert area_under([]) is None
