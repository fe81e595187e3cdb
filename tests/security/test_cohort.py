"""Counts of patients tell of no single one: small ones are withheld, and what would give them away."""

from __future__ import annotations

import random

import pytest

from rag.store.people.cohorts import Cohort, rows, suppressed

LEAST = 5


@pytest.mark.parametrize(
    ("total", "cells", "shown"),
    [
        (3, {"f": 2, "m": 1}, (None, {"f": None, "m": None})),
        (30, {"f": 20, "m": 10}, (30, {"f": 20, "m": 10})),
        (30, {"f": 27, "m": 3}, (30, {"f": None, "m": None})),  # 30 - 27 would tell the 3
        (40, {"a": 3, "b": 7, "c": 30}, (40, {"a": None, "b": None, "c": 30})),
        (
            32,
            {"a": 1, "b": 1, "c": 30},
            (32, {"a": None, "b": None, "c": None}),
        ),  # 32 - 30: 1 and 1
        (4, {}, (None, {})),
        (0, {}, (0, {})),
        (20, {"a": 20, "b": 0}, (20, {"a": 20, "b": 0})),
    ],
)
def test_small_counts_and_their_complements_are_withheld(
    total: int, cells: dict[str, int], shown: tuple[int | None, dict[str, int | None]]
) -> None:
    assert suppressed(total, cells, LEAST) == shown


def test_no_table_of_ten_thousand_lets_a_small_count_be_worked_out() -> None:
    chance = random.Random(3)
    for _ in range(10_000):
        cells = {str(n): int(chance.expovariate(0.1)) for n in range(chance.randint(1, 8))}
        total, told = suppressed(sum(cells.values()), cells, LEAST)
        assert not [count for count in told.values() if count is not None and 0 < count < LEAST]
        hidden = [name for name, count in told.items() if count is None]
        if total is None or not hidden:
            continue
        rest = total - sum(count for count in told.values() if count is not None)
        assert rest >= LEAST
        assert len(hidden) >= 2


def test_every_form_says_that_a_count_is_withheld() -> None:
    found = Cohort("diabetes", 32, "sex", {"f": None, "m": None}, LEAST)
    assert list(rows(found)) == [("all", "32"), ("f", "withheld"), ("m", "withheld")]
    assert found.to_json()["cells"] == {"f": None, "m": None}
