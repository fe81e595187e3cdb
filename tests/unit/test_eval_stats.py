"""Paired statistics against counts made by hand."""

from __future__ import annotations

import pytest

from eval.statistics.inference import auroc_interval, bootstrap_interval, holm, permutation_p, resampled


def test_every_assignment_of_signs_is_counted_for_few_items() -> None:
    # Differences 1, 1, 1: of the 8 assignments two (+++ and ---) reach a sum of 3 in size.
    assert permutation_p([0, 0, 0], [1, 1, 1]) == 2 / 8
    # Differences 3, -1: sums 2, 4, -4, -2; all four reach 2.
    assert permutation_p([0, 1], [3, 0]) == 1.0
    # Differences 2, 1, -1: |sum| 2; the eight sums are 2, 4, 0, 2, -2, 0, -4, -2: six reach 2.
    assert permutation_p([0, 0, 1], [2, 1, 0]) == 6 / 8


def test_items_that_do_not_differ_change_nothing() -> None:
    assert permutation_p([0, 0, 0, 0.5, 1], [1, 1, 1, 0.5, 1]) == permutation_p([0, 0, 0], [1, 1, 1])


def test_the_same_system_twice_is_no_difference() -> None:
    assert permutation_p([0.1, 0.7], [0.1, 0.7]) == 1.0
    assert permutation_p([], []) is None


def test_many_items_are_sampled_and_give_the_same_p_every_time() -> None:
    first, second = (
        [0.0, 1.0] * 20,
        [
            1.0,
            1.0,
        ]
        * 20,
    )  # twenty items gained, none lost: 2 / 2**20 of all assignments reach that
    p = permutation_p(first, second)
    assert p == permutation_p(first, second) == 2 / 10_001  # both tails, the observed assignment in each


def test_a_balanced_difference_is_noise() -> None:
    p = permutation_p([0.0, 1.0] * 20, [1.0, 0.0] * 20)
    assert p is not None
    assert p > 0.9


def test_unequal_numbers_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="equal number"):
        permutation_p([1], [1, 2])


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    # Sorted 0.01, 0.02, 0.03 (of three): 0.03, 0.04, then 0.03 raised to 0.04.
    assert holm({"a": 0.03, "b": 0.01, "c": 0.02}) == pytest.approx({"a": 0.04, "b": 0.03, "c": 0.04})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}


def test_holm_agrees_with_a_published_example() -> None:
    # Holm 1979's procedure on four p-values: 4 x 0.005, 3 x 0.01, 2 x 0.03, then 0.04 raised to 0.06.
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )


def test_one_item_that_differs_shows_nothing() -> None:
    assert permutation_p([0, 1, 1], [1, 1, 1]) == 1.0


def test_many_items_have_an_interval_too() -> None:
    # Deviation of the mean of 5,000 fair coins: sqrt(0.25 / 5000) = 0.0071; 1.96 times that on either side.
    assert bootstrap_interval([0.0, 1.0] * 2500) == pytest.approx((0.486, 0.514), abs=0.003)


def test_the_interval_of_a_perfect_separation_is_one_and_of_a_coin_is_about_a_half() -> None:
    assert auroc_interval([0.9, 0.8], [0.1, 0.2]) == (1.0, 1.0)
    assert auroc_interval([0.5] * 10, [0.5] * 10) == (0.5, 0.5)  # ties count half
    assert auroc_interval([0.9], [0.1, 0.2]) is None
    # Deviation for 100 against 100 without a difference: sqrt((100 + 100 + 1) / (12 * 100 * 100)) = 0.041;
    # 1.96 times that either side.
    even = [number / 100 for number in range(100)]
    assert auroc_interval(even, even) == pytest.approx((0.42, 0.58), abs=0.02)


def test_items_are_drawn_within_their_stratum() -> None:
    # One item a stratum: every draw is the same two items.
    assert resampled({"right": [1.0, 0.0]}, [0, 1], times=50) == {"right": (0.5, 0.5)}
