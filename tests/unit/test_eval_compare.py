"""Comparisons say what changed and refuse what cannot be compared. Expected values by hand."""

from __future__ import annotations

import pytest

from eval.compare.comparison import Uncompared, compare
from eval.datasets.pairs import LabelledPair
from eval.report.document import ItemJson, ReportJson, RunJson
from eval.verify.measurement import VerifyReport
from eval.verify.report import verify_run
from rag.core.errors import UsageError


def report(
    name: str,
    scores: list[float | None],
    *,
    data: str = "same",
    run: str = "answers",
    metric: str = "nugget_recall",
) -> ReportJson:
    items = [
        ItemJson(id=str(number), scores={metric: score}, slices={"language": "fr" if number % 2 else "en"})
        for number, score in enumerate(scores)
    ]
    runs = [
        RunJson(
            name=run,
            measure="answers",
            data={"corpus": data},
            system={"model": name},
            n=len(items),
            items=items,
        )
    ]
    return ReportJson(name=name, created="2026-01-01T00:00:00+00:00", suite="demo", runs=runs)


def test_a_clear_gain_is_better_and_says_how_many_items_gained() -> None:
    (run,) = compare(report("old", [0.0] * 10), report("new", [1.0] * 8 + [0.0] * 2)).runs
    (change,) = run.changes
    # Eight items gain 1: the chance that all eight signs agree is 2 / 2**8.
    assert (change.first, change.second, change.difference) == (0.0, 0.8, 0.8)
    assert (change.p, change.gained, change.lost, change.verdict) == (round(2 / 256, 5), 8, 0, "better")
    assert run.system == {"model": ("old", "new")}


def test_a_fall_is_worse_and_where_lower_is_better_a_fall_is_better() -> None:
    (down,) = compare(report("old", [1.0] * 10), report("new", [0.0] * 10)).runs[0].changes
    (fewer,) = (
        compare(report("old", [1.0] * 10, metric="must_not"), report("new", [0.0] * 10, metric="must_not"))
        .runs[0]
        .changes
    )
    assert (down.verdict, fewer.verdict) == ("worse", "better")
    assert (fewer.gained, fewer.lost) == (10, 0)


def test_three_items_are_not_enough_to_tell() -> None:
    (change,) = compare(report("old", [0.0] * 3), report("new", [1.0] * 3)).runs[0].changes
    assert (change.difference, change.p, change.verdict) == (1.0, 0.25, "no_difference_shown")


def test_a_report_compared_with_itself_is_the_same() -> None:
    (change,) = compare(report("a", [0.0, 1.0, 0.5]), report("a", [0.0, 1.0, 0.5])).runs[0].changes
    assert (change.difference, change.p, change.verdict) == (0.0, 1.0, "same")


def test_items_that_moved_both_ways_are_not_the_same_though_the_means_are() -> None:
    (change,) = compare(report("a", [0.0, 1.0]), report("a", [1.0, 0.0])).runs[0].changes
    assert (change.difference, change.gained, change.lost, change.verdict) == (
        0.0,
        1,
        1,
        "no_difference_shown",
    )


def test_items_that_one_run_could_not_score_are_counted_and_left_out() -> None:
    (change,) = compare(report("a", [1.0, None, 0.0]), report("b", [1.0, 1.0, None])).runs[0].changes
    assert (change.n, change.first, change.second, change.only_first, change.only_second) == (
        1,
        1.0,
        1.0,
        1,
        1,
    )


def test_a_metric_that_no_item_has_in_both_is_named_with_what_each_run_could_score() -> None:
    (run,) = compare(report("a", [1.0, 1.0, None]), report("b", [None, None, 0.0])).runs
    assert (run.items, run.changes, run.uncompared) == (3, (), (Uncompared("nugget_recall", 2, 1),))


def test_differences_are_broken_down_by_slice() -> None:
    (run,) = compare(report("a", [0.0, 0.0]), report("b", [0.0, 1.0])).runs
    assert run.slices == {"language": {"en": {"nugget_recall": 0.0}, "fr": {"nugget_recall": 1.0}}}
    assert [(moved.id, moved.first, moved.second) for moved in run.moved] == [("1", 0.0, 1.0)]


def test_different_data_are_refused_unless_forced() -> None:
    first, second = report("a", [0.0]), report("b", [1.0], data="other")
    with pytest.raises(UsageError) as caught:
        compare(first, second)
    assert (caught.value.key, caught.value.variables["parts"]) == ("compare_different_data", "corpus")
    assert compare(first, second, force=True).runs[0].forced


def test_reports_without_a_common_run_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        compare(report("a", [0.0]), report("b", [1.0], run="search"))
    assert caught.value.key == "compare_nothing"


def test_verifiers_are_compared_by_balanced_accuracy_too() -> None:
    def verified(name: str, right: list[float]) -> ReportJson:
        items = [
            ItemJson(
                id=str(number),
                scores={"accuracy": value},
                slices={"label": "supported" if number == 0 else "not_supported"},
            )
            for number, value in enumerate(right)
        ]
        runs = [RunJson(name="pairs", measure="verify", n=len(items), items=items)]
        return ReportJson(name=name, created="2026", suite="s", runs=runs)

    (run,) = compare(verified("a", [0.0, 1.0, 1.0, 1.0]), verified("b", [1.0, 1.0, 1.0, 0.0])).runs
    changes = {change.metric: (change.first, change.second) for change in run.changes}
    # One supported pair, three others: (0 + 3/3) / 2 against (1 + 2/3) / 2; the accuracy is 3 of 4 in both.
    assert changes == {"balanced_accuracy": (0.5, 0.833333), "accuracy": (0.75, 0.75)}


def test_the_same_verdicts_are_the_same_though_one_report_has_more_pairs() -> None:
    def verified(name: str, others: int) -> ReportJson:
        pairs = tuple(LabelledPair("p", "c", int(number < 4), str(number)) for number in range(8 + others))
        scores = tuple(float(number in (0, 1, 2, 4)) for number in range(8 + others))
        return ReportJson(
            name=name,
            created="2026",
            suite="s",
            runs=[verify_run("pairs", VerifyReport(name, 0.5, scores, pairs, 1.0), {"pairs": name})],
        )

    (run,) = compare(verified("a", 0), verified("b", 12), force=True).runs
    # Of the eight pairs in both, 3 of 4 supported and 3 of 4 others are called right.
    assert {change.metric: (change.first, change.second, change.verdict) for change in run.changes} == {
        "balanced_accuracy": (0.75, 0.75, "same"),
        "accuracy": (0.75, 0.75, "same"),
        "brier": (0.25, 0.25, "same"),
    }


def test_verifiers_are_compared_by_auroc_pair_by_pair() -> None:
    def verified(name: str, scores: tuple[float, ...]) -> ReportJson:
        pairs = tuple(LabelledPair("p", "c", int(number < 2), str(number)) for number in range(5))
        return ReportJson(
            name=name,
            created="2026",
            suite="s",
            runs=[verify_run("pairs", VerifyReport(name, 0.5, scores, pairs, 1.0), {})],
        )

    first, second = verified("a", (0.9, 0.2, 0.4, 0.3, 0.1)), verified("b", (0.9, 0.4, 0.4, 0.3, 0.1))
    (run,) = compare(first, second).runs
    (change,) = [change for change in run.changes if change.metric == "auroc"]
    # Of six orders of a supported and another pair 4 are right; with 0.4 for the second one 5, and one tie.
    assert (change.first, change.second) == (round(4 / 6, 6), round(5.5 / 6, 6))
    assert (change.first, change.second) == (
        first.runs[0].metrics["auroc"].mean,
        second.runs[0].metrics["auroc"].mean,
    )
    assert (change.gained, change.lost) == (3, 0)  # the pair that rose, and the two that it is now told from
