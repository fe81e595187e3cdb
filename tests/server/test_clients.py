"""Other software as it is: the ``openai`` client, a Model Context Protocol client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import openai
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.server.house import House, inhabited

QUESTION = "Quelles ont été les pertes sanguines ?"
FILTERS = {"traboule": {"patient_id": "DEMO-A"}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("clients")) as found:
        yield found


@pytest.fixture
def assistant(house: House) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{house.served.url}/v1", api_key=house.token_of["clinician"], max_retries=0
    ) as client:
        yield client


def test_the_openai_client_lists_the_models(assistant: openai.OpenAI) -> None:
    assert [model.id for model in assistant.models.list()] == [
        "traboule",
        "traboule-quotes",
        "traboule-write",
    ]


def test_the_openai_client_gets_a_cited_answer(assistant: openai.OpenAI) -> None:
    messages = [
        {"role": "system", "content": "x"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    done = assistant.chat.completions.create(
        model="traboule", messages=messages, temperature=0, extra_body=FILTERS
    )  # type: ignore[call-overload]
    text = done.choices[0].message.content
    assert "350 mL" in text
    assert "[1]" in text
    assert done.traboule["claims"][0]["citations"][0]["doc_id"] == "demo-a-op"


def test_the_openai_client_streams_the_same_text(assistant: openai.OpenAI) -> None:
    asked = {
        "model": "traboule-quotes",
        "messages": [{"role": "user", "content": QUESTION}],
        "extra_body": FILTERS,
    }
    whole = assistant.chat.completions.create(**asked).choices[0].message.content
    chunks = list(
        assistant.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].traboule["abstained"] is False
    assert chunks[-1].usage.total_tokens == 0


def test_the_openai_client_hears_why_a_question_is_refused(assistant: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="outside what you may read"):
        assistant.chat.completions.create(
            model="traboule",
            messages=[{"role": "user", "content": QUESTION}],
            extra_body={"traboule": {"patient_id": "DEMO-B"}},
        )
    with pytest.raises(openai.NotFoundError, match="gpt-4"):
        assistant.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": QUESTION}])


def call(house: House, role: str, tool: str, **arguments: object) -> tuple[bool, str]:
    """Call a tool as a client of the protocol does; return whether it failed, and its text."""

    async def run() -> tuple[bool, str]:
        headers = {"Authorization": f"Bearer {house.token_of[role]}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{house.served.url}/mcp", http_client=http)) as client,
        ):
            assert {one.name for one in (await client.list_tools()).tools} == {
                "search",
                "ask",
                "get_document",
                "facts",
                "find_images",
            }
            result = await client.call_tool(tool, arguments)
            return bool(result.is_error), result.content[0].text  # type: ignore[union-attr]

    with ThreadPoolExecutor(
        1
    ) as fresh:  # a browser that another test left open has a loop running in this thread
        return fresh.submit(lambda: asyncio.run(run())).result()


def test_an_assistant_searches_asks_and_reads_within_the_scope(house: House) -> None:
    failed, text = call(house, "clinician", "ask", question=QUESTION, patient_id="DEMO-A")
    assert not failed
    assert "350 mL" in json.loads(text)["answer"]
    failed, text = call(house, "clinician", "search", query="pertes sanguines prothèse", k=50)
    assert {hit["patient_id"] for hit in json.loads(text)["hits"]} <= {"DEMO-A", None}
    failed, text = call(house, "clinician", "get_document", doc_id="demo-a-op")
    assert json.loads(text)["patient_id"] == "DEMO-A"
    failed, text = call(house, "clinician", "facts", patient_id="DEMO-A", kind=["drug"])
    assert (failed, json.loads(text)["patient_id"]) == (False, "DEMO-A")
    failed, text = call(house, "clinician", "find_images", query="radio de la hanche")
    assert (failed, json.loads(text)["hits"]) == (False, [])


def test_an_assistant_cannot_read_another_patient(house: House) -> None:
    failed, text = call(house, "clinician", "get_document", doc_id="demo-b-op")
    assert failed
    assert "demo-b-op" in text
    assert "Coxarthrose" not in text
    failed, text = call(house, "clinician", "search", query="hanche", patient_id="DEMO-B")
    assert failed
    failed, text = call(house, "clinician", "facts", patient_id="DEMO-B")
    assert failed


def test_an_assistant_without_token_is_refused(house: House) -> None:
    with house.served.client() as client:
        refused = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
