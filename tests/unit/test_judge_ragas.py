"""ragas itself, where it is installed (`make judge`): its metrics over a scripted model, without weights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec

import pytest

from eval.judge.cases import METRICS, Case
from eval.judge.opening import need_ragas
from eval.judge.opinions import Judged, Plan, judge_all
from eval.judge.turns import Turns
from eval.judge.writer import Request
from rag.core.errors import ConfigurationError
from rag.testing import HashEmbedding

with_ragas = pytest.mark.skipif(
    find_spec("ragas") is None,
    reason="ragas is not installed here: `make judge`, then run this file with .venv-judge/bin/python",
)
without_ragas = pytest.mark.skipif(
    find_spec("ragas") is not None, reason="ragas is installed here: run it in .venv"
)

CASE = Case(
    "q1",
    "Which side was operated?",
    "The left side, in May.",
    ("Left hip replaced.", "A recipe."),
    "The left side.",
)
VERDICTS = {
    "statements": [
        {"statement": "The side was left.", "reason": "stated", "verdict": 1},
        {"statement": "It was in May.", "reason": "no date", "verdict": 0},
    ]
}
REPLIES: Mapping[str, Sequence[object]] = {
    "statements": [{"statements": ["The side was left.", "It was in May."]}, VERDICTS],
    "question": [{"question": "Which side was operated?", "noncommittal": 0}],
    "classifications": [
        {"classifications": [{"statement": "The left side.", "reason": "stated", "attributed": 1}]}
    ],
    "verdict": [{"reason": "of use", "verdict": 1}, {"reason": "a recipe", "verdict": 0}],
}


def judged(replies: Mapping[str, Sequence[object]], metrics: Sequence[str] = METRICS) -> dict[str, Judged]:
    """Have ragas judge the case with a model that replies what the schema of a request is about, in order."""
    from eval.judge.ragas_judge import RagasJudge

    left: dict[str, Iterator[object]] = {name: iter(values) for name, values in replies.items()}

    def write(request: Request) -> str:
        fields = request.schema["properties"]
        assert isinstance(fields, Mapping)
        said = next(left[next(name for name in left if name in fields)])
        return said if isinstance(said, str) else json.dumps(said)

    async def run() -> list[Judged]:
        turns = Turns(write)
        try:
            return await judge_all(RagasJudge(turns, HashEmbedding(), "fake"), [CASE], Plan(tuple(metrics)))
        finally:
            turns.close()

    return {found.metric: found for found in asyncio.run(run())}


@with_ragas
@pytest.mark.filterwarnings("default")  # those of ragas and of what it loads are not ours
def test_ragas_scores_by_its_own_metrics_from_replies_in_our_schema() -> None:
    found = judged(REPLIES)
    assert {metric: said.mean for metric, said in found.items()} == {
        "faithfulness": 0.5,  # one of two statements
        "answer_relevancy": pytest.approx(1.0),  # the question that the answer answers is the one asked
        "context_recall": 1.0,
        "context_precision": pytest.approx(1.0),  # the one piece of use is first
    }
    assert found["faithfulness"].objections == "It was in May. — no date"


@with_ragas
@pytest.mark.filterwarnings("default")
def test_nothing_to_judge_and_a_malformed_reply_are_reasons_and_no_scores() -> None:
    assert (
        judged({"statements": [{"statements": []}]}, ["faithfulness"])["faithfulness"].reason
        == "nothing_judged"
    )
    assert (
        judged({"statements": ['{"statements": ["cut']}, ["faithfulness"])["faithfulness"].reason
        == "broken_json"
    )
    assert (
        judged({"question": [{"question": " ", "noncommittal": 0}]}, ["answer_relevancy"])[
            "answer_relevancy"
        ].reason
        == "nothing_judged"
    )


@with_ragas
@pytest.mark.filterwarnings("default")
def test_a_statement_without_a_verdict_and_a_list_at_its_limit_are_no_scores() -> None:
    two, one = REPLIES["statements"][0], {"statements": VERDICTS["statements"][:1]}
    assert judged({"statements": [two, one]}, ["faithfulness"])["faithfulness"].reason == "broken_json"
    endless = {"statements": [f"Statement {number}." for number in range(16)]}
    assert judged({"statements": [endless]}, ["faithfulness"])["faithfulness"].reason == "cut_short"


@without_ragas
def test_without_ragas_the_error_says_what_to_run() -> None:
    with pytest.raises(ConfigurationError) as error:
        need_ragas()
    for language in ("en", "fr"):
        assert "make judge" in error.value.describe(language)
        assert "constraints-judge.txt" in error.value.describe(language)
