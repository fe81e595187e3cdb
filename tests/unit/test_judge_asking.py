"""Repeats, items without a score, judges that time out: nothing that was not scored enters a mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from eval.judge.cases import Case
from eval.judge.opinions import Judged, Opinion, Plan, judge_all
from eval.judge.writer import NoOpinion
from rag.core.errors import Unavailable

CASES = [
    Case("a", "Q?", "A.", ("E.",), "R."),
    Case("b", "Q?", "", ("E.",), "R."),
    Case("c", "Q?", "A.", ("E.",)),
]


class Scripted:
    """A judge that says what is written down for (item, metric), a value for each repeat."""

    name = "scripted"

    def __init__(self, script: Mapping[tuple[str, str], list[float | Exception]]) -> None:
        self.script, self.order = script, list[tuple[str, str]]()

    async def score(self, metric: str, case: Case, repeat: int, done: Callable[[], None]) -> Opinion:
        self.order.append((metric, case.id))
        done()
        said = self.script[case.id, metric][repeat]
        if isinstance(said, Exception):
            raise said
        return Opinion(said, "objection" if said < 1 else "")


def asked(
    judge: Scripted, plan: Plan, done: Callable[[int], None] = lambda count: None
) -> dict[tuple[str, str], Judged]:
    return {(found.id, found.metric): found for found in asyncio.run(judge_all(judge, CASES, plan, done))}


def test_repeats_have_a_mean_and_a_spread() -> None:
    judge = Scripted({("a", "faithfulness"): [1.0, 0.5, 0.6], ("c", "faithfulness"): [1.0, 1.0, 1.0]})
    found = asked(judge, Plan(("faithfulness",), 3))
    assert found["a", "faithfulness"].mean == pytest.approx(0.7)  # (1 + 0.5 + 0.6) / 3
    assert found["a", "faithfulness"].spread == pytest.approx(
        0.26457513
    )  # √((0.3² + 0.2² + 0.1²) / 2) = √0.07
    assert (found["a", "faithfulness"].objections, found["c", "faithfulness"].spread) == ("objection", 0.0)


def test_a_repeat_that_times_out_is_counted_and_not_averaged_in() -> None:
    judge = Scripted(
        {
            ("a", "faithfulness"): [NoOpinion("timeout"), 0.8],
            ("c", "faithfulness"): [NoOpinion("broken_json")] * 2,
        }
    )
    found = asked(judge, Plan(("faithfulness",), 2))
    assert (found["a", "faithfulness"].mean, found["a", "faithfulness"].reasons) == (0.8, ("timeout",))
    assert found["a", "faithfulness"].reason is None
    assert (found["c", "faithfulness"].mean, found["c", "faithfulness"].reason) == (None, "broken_json")
    assert found["c", "faithfulness"].spread is None


def test_what_lacks_something_is_never_asked_and_says_what() -> None:
    judge = Scripted(
        {
            ("a", "context_recall"): [1.0],
            ("b", "context_recall"): [0.0],
            ("a", "faithfulness"): [1.0],
            ("c", "faithfulness"): [1.0],
        }
    )
    found = asked(judge, Plan(("faithfulness", "context_recall")))
    assert found["b", "faithfulness"].reason == "abstained"
    assert found["c", "context_recall"].reason == "no_reference"
    assert judge.order == [
        ("faithfulness", "a"),
        ("faithfulness", "c"),
        ("context_recall", "a"),
        ("context_recall", "b"),
    ]


def test_a_fault_of_the_foreign_library_concerns_one_item() -> None:
    judge = Scripted({("a", "faithfulness"): [KeyError("verdict")], ("c", "faithfulness"): [0.5]})
    found = asked(judge, Plan(("faithfulness",)))
    assert found["a", "faithfulness"].reason == "judge_failed"
    assert found["c", "faithfulness"].mean == 0.5


def test_a_server_out_of_reach_ends_the_run() -> None:
    judge = Scripted(
        {("a", "faithfulness"): [Unavailable("llm_failed", reason="x")], ("c", "faithfulness"): [0.5]}
    )
    with pytest.raises(Unavailable):
        asked(judge, Plan(("faithfulness",)))


def test_the_bar_reaches_its_end_whatever_happens() -> None:
    judge = Scripted({("a", "faithfulness"): [NoOpinion("timeout")], ("c", "faithfulness"): [0.5]})
    plan, steps = Plan(("faithfulness",)), list[int]()
    asked(judge, plan, steps.append)
    assert sum(steps) == plan.requests(CASES) == 4  # two items of two requests each; the third has no answer
