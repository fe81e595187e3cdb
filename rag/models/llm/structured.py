"""Constrained JSON from any language model: the same call, the same stream, the same counts.

The schema is obeyed by construction, token by token, by the embedded model, by ``transformers`` and by
servers that know ``response_format`` (vLLM, llama-server, Ollama). Only a length limit can cut a document
short, and then the stream says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.core.calls import Call, current_call

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms.llm import LLM


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written; 0 where a server does not count."""

    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


class JsonStream(Iterator[str]):
    """The text of one JSON document as it is written.

    ``text`` holds what came so far. After the last piece ``usage`` is the cost and ``truncated`` tells
    whether the length limit, or the time given (``is_late``), cut the document short. Closing it early stops
    the model. The model is held from the first piece asked for to the last: see ``rag.core.calls``.
    """

    def __init__(self, responses: Iterator[ChatResponse], until: float | None = None) -> None:
        self._responses = responses
        self._until = until
        self.is_late = False
        self._call: Call | None = None
        self.text = ""
        self.usage = Usage()
        self.truncated = False

    def __next__(self) -> str:
        if self._call is None:
            self._call = current_call()
            self._call.begin_model()
        try:
            return self._next(self._call)
        except BaseException:  # the end of the stream is one too
            self.close()
            raise

    def _next(self, call: Call) -> str:
        for response in self._responses:
            call.check()
            self._count(response)
            if self._until is not None and time.monotonic() > self._until:
                self.is_late = self.truncated = True
                raise StopIteration
            if response.delta:
                self.text += response.delta
                return response.delta
        raise StopIteration

    def close(self) -> None:
        """Stop the model; what was written so far stays in ``text``."""
        close = getattr(self._responses, "close", None)
        if close:
            close()
        if self._call is not None:
            self._call.end_model()

    def _count(self, response: ChatResponse) -> None:
        counts = response.additional_kwargs
        if "prompt_tokens" in counts:
            self.usage = Usage(counts["prompt_tokens"] or 0, counts.get("completion_tokens") or 0)
        self.truncated = self.truncated or _finish_reason(response.raw) == "length"


def stream_json(
    llm: LLM,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, object],
    max_tokens: int,
    seed: int | None = None,
    until: float | None = None,
) -> JsonStream:
    """Have the model write one JSON document that conforms to ``schema``, at the temperature that it was
    built with.

    ``seed`` draws otherwise than with the seed that it was built with; at temperature 0 there is nothing to
    draw. ``until`` is the moment (``time.monotonic``) after which what is written stands as it is.
    """
    response_format = {
        "type": "json_schema",
        "json_schema": {"name": "document", "strict": True, "schema": dict(schema)},
    }
    drawn = {} if seed is None else {"seed": seed}
    return JsonStream(
        llm.stream_chat(messages, response_format=response_format, max_tokens=max_tokens, **drawn), until
    )


def _finish_reason(raw: Any) -> str | None:
    """Read the reason of the end from a chunk of the OpenAI chat stream, whether it is an object or a
    mapping.
    """
    choices = _field(raw, "choices")
    return _field(choices[0], "finish_reason") if choices else None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
