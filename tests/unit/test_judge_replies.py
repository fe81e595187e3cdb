"""One request to the model: its schema, its limits, whose turn it is, and its reply kept for the next run."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse

from eval.judge.replies import bounded, fault, objections
from eval.judge.replies_file import KeptReplies
from eval.judge.turns import Turns
from eval.judge.writer import NoOpinion, Request, Writer
from rag.core.errors import Unavailable, UsageError
from rag.testing import ScriptedLLM


class Slow(ScriptedLLM):
    """Takes a while before each piece of its reply."""

    pause_s: float = 0.05

    def stream_chat(self, messages: object, **kwargs: object) -> Iterator[ChatResponse]:  # type: ignore[override]
        for piece in self.script:
            time.sleep(self.pause_s)
            yield ChatResponse(message=ChatMessage(role="assistant", content=piece), delta=piece)


class CutShort(ScriptedLLM):
    """Reaches the limit of length in the middle of its reply."""

    def stream_chat(self, messages: object, **kwargs: object) -> Iterator[ChatResponse]:  # type: ignore[override]
        yield ChatResponse(
            message=ChatMessage(role="assistant", content='{"a"'),
            delta='{"a"',
            raw={"choices": [{"finish_reason": "length"}]},
        )


REQUEST = Request("prompt", {"type": "object"})


def reason_of(writer: Writer) -> str:
    with pytest.raises(NoOpinion) as error:
        writer.write(REQUEST)
    return error.value.reason


def test_a_reply_is_the_text_of_the_model() -> None:
    assert Writer(ScriptedLLM(script='{"verdict": 1}'), 5, 100).write(REQUEST) == '{"verdict": 1}'


def test_a_judge_that_is_too_slow_times_out() -> None:
    begun = time.monotonic()
    assert reason_of(Writer(Slow(script="x" * 100), 0.12, 100)) == "timeout"
    assert time.monotonic() - begun < 2  # of the 5 s that it would have taken


def test_a_judge_that_says_nothing_times_out() -> None:
    assert (
        reason_of(Writer(ScriptedLLM(script="{", fails_with=Unavailable("llm_timeout", seconds=1.0)), 5, 100))
        == "timeout"
    )


def test_a_prompt_too_long_and_a_reply_cut_short_are_reasons() -> None:
    for too_long in (
        UsageError("llm_prompt_too_long", tokens=9000, limit=8192),
        UsageError("llm_prompt_too_long_for_server", url="u"),
    ):
        assert reason_of(Writer(ScriptedLLM(script="", fails_with=too_long), 5, 100)) == "prompt_too_long"
    assert reason_of(Writer(CutShort(script=""), 5, 100)) == "cut_short"


def test_a_model_that_cannot_be_used_is_an_error_of_the_run() -> None:
    with pytest.raises(Unavailable):
        Writer(ScriptedLLM(script="", fails_with=Unavailable("llm_failed", reason="x")), 5, 100).write(
            REQUEST
        )


def test_a_stopped_writer_writes_no_more() -> None:
    writer = Writer(ScriptedLLM(script="{}"), 5, 100)
    writer.stop()
    assert reason_of(writer) == "timeout"


def test_the_schema_leaves_no_room_for_broken_numbers_or_endless_lists() -> None:
    open_ = {
        "type": "object",
        "properties": {"statements": {"type": "array", "items": {"$ref": "#/$defs/S"}}},
        "$defs": {
            "S": {
                "type": "object",
                "properties": {"verdict": {"type": "integer"}, "reason": {"type": "string"}},
                "required": ["reason"],
            }
        },
    }
    strict = json.loads(json.dumps(bounded(open_)))
    statements = strict["properties"]["statements"]
    assert (statements["minItems"], statements["maxItems"]) == (1, 16)
    assert strict["$defs"]["S"]["properties"]["verdict"]["enum"] == [0, 1]
    assert strict["$defs"]["S"]["required"] == ["verdict", "reason"]
    assert (strict["additionalProperties"], strict["$defs"]["S"]["additionalProperties"]) == (False, False)


def test_a_list_is_as_long_as_what_it_judges_where_that_is_known() -> None:
    schema = {
        "type": "object",
        "properties": {"statements": {"type": "array", "items": {"type": "object", "properties": {}}}},
    }
    properties = bounded(schema, 3)["properties"]
    assert isinstance(properties, dict)
    assert (properties["statements"]["minItems"], properties["statements"]["maxItems"]) == (3, 3)


@pytest.mark.parametrize(
    ("reply", "entries", "reason"),
    [
        ({"statements": ["a"]}, None, None),
        ({"statements": ["a"] * 16}, None, "cut_short"),
        ({"statements": ["a", "b"]}, 2, None),
        ({"statements": ["a"]}, 2, "broken_json"),
        ({"question": "Which side?", "noncommittal": 0}, None, None),
        ({"question": " ", "noncommittal": 0}, None, "nothing_judged"),
    ],
)
def test_a_reply_of_the_right_form_may_be_none_to_score_by(
    reply: dict[str, object], entries: int | None, reason: str | None
) -> None:
    assert fault(reply, entries) == reason


def test_objections_are_what_was_not_found_supported() -> None:
    verdicts = {
        "statements": [
            {"statement": "left", "reason": "so it says", "verdict": 1},
            {"statement": "36 °C", "reason": "not said", "verdict": 0},
        ]
    }
    assert (
        objections([json.dumps({"statements": ["left", "36 °C"]}), json.dumps(verdicts)])
        == "36 °C — not said"
    )
    assert objections([json.dumps({"reason": "another subject", "verdict": 0})]) == "another subject"


def test_requests_that_begin_alike_go_in_a_row_whatever_the_order_they_came_in() -> None:
    order: list[str] = []

    def write(request: Request) -> str:
        order.append(request.prompt)
        return "{}"

    async def run() -> None:
        turns = Turns(write)
        prompts = ["verdicts: 1", "statements: 1", "verdicts: 2", "statements: 2", "verdicts: 1"]
        await asyncio.gather(*(turns.ask(Request(prompt, {})) for prompt in prompts))
        turns.close()

    asyncio.run(run())
    assert order == ["verdicts: 1", "verdicts: 1", "verdicts: 2", "statements: 1", "statements: 2"]


def test_an_error_of_one_request_reaches_the_one_that_asked() -> None:
    def write(request: Request) -> str:
        if request.prompt == "bad":
            raise NoOpinion("timeout")
        return "{}"

    async def run() -> list[str | BaseException]:
        turns = Turns(write)
        try:
            return await asyncio.gather(
                *(turns.ask(Request(prompt, {})) for prompt in ("bad", "good")), return_exceptions=True
            )
        finally:
            turns.close()

    bad, good = asyncio.run(run())
    assert isinstance(bad, NoOpinion)
    assert good == "{}"


def test_kept_replies_are_not_asked_for_again_and_what_timed_out_is(tmp_path: Path) -> None:
    file, calls = tmp_path / "judge" / "answers.jsonl", list[str]()

    def write(request: Request) -> str:
        calls.append(request.prompt)
        if request.prompt == "slow" and len(calls) < 3:
            raise NoOpinion("timeout")
        return "{}"

    first = KeptReplies(file, "model@0", resume=False).writing(write)
    assert first(Request("quick", {})) == "{}"
    with pytest.raises(NoOpinion):
        first(Request("slow", {}))
    with file.open("a") as stream:
        stream.write('{"key": "cut')  # the interruption
    again = KeptReplies(file, "model@0", resume=True).writing(write)
    assert [again(Request(prompt, {})) for prompt in ("quick", "slow", "slow")] == ["{}"] * 3
    assert calls == ["quick", "slow", "slow"]
    assert len(file.read_text().splitlines()) == 2


def test_the_time_of_a_reply_counts_once_however_often_it_serves(tmp_path: Path) -> None:
    def write(request: Request) -> str:
        time.sleep(0.02)
        return "{}"

    kept = KeptReplies(tmp_path / "replies.jsonl", "model@0", resume=False)
    kept.writing(write)(Request("p", {}))
    spent = kept.seconds
    for _ in range(2):
        kept.writing(write)(Request("p", {}))
    assert kept.seconds == spent
    resumed = KeptReplies(tmp_path / "replies.jsonl", "model@0", resume=True)
    for _ in range(3):
        resumed.writing(write)(Request("p", {}))
    assert resumed.seconds == round(spent, 2) > 0


@pytest.mark.parametrize("other", [Request("p", {}, 2), Request("q", {}), Request("p", {"type": "object"})])
def test_a_kept_reply_answers_its_own_request_alone(tmp_path: Path, other: Request) -> None:
    file = tmp_path / "replies.jsonl"
    KeptReplies(file, "model@0", resume=False).writing(lambda request: "old")(Request("p", {}))
    assert KeptReplies(file, "model@0", resume=True).writing(lambda request: "new")(other) == "new"
    assert KeptReplies(file, "other@0", resume=True).writing(lambda request: "new")(Request("p", {})) == "new"
    assert (
        KeptReplies(file, "model@0", resume=False).writing(lambda request: "new")(Request("p", {})) == "new"
    )
