"""What the language models that run inside this process share: LlamaIndex's ``LLM`` on one side, a plain
stream of text on the other.

An implementation writes ``_write`` alone. Every answer ends with one response that carries no text but the
usage, so that tokens are always counted: ``additional_kwargs`` holds ``prompt_tokens`` and
``completion_tokens``, ``raw`` the reason why writing ended.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llama_index.core.base.llms.generic_utils import (
    chat_to_completion_decorator,
    stream_chat_to_completion_decorator,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    LogProb,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM

Finish = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of an answer. The last one has no text: it says why writing ended and what was counted."""

    text: str = ""
    logprobs: tuple[tuple[LogProb, ...], ...] = ()
    finish: Finish | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How one answer is to be written. ``schema`` is a JSON schema that the text must obey; ``logprobs``
    counts alternatives a token.
    """

    max_tokens: int
    temperature: float
    schema: Mapping[str, object] | None = None
    logprobs: int = 0
    seed: int = 1


class LocalLlm(CustomLLM):
    """A chat model in this process."""

    model_name: str
    context_tokens: int = 4096
    max_tokens: int = 320
    temperature: float = 0.0
    seed: int = 1
    threads: int | None = None
    timeout_s: float = 180.0

    @property
    def metadata(self) -> LLMMetadata:
        """Name and sizes, as LlamaIndex asks for them."""
        return LLMMetadata(
            context_window=self.context_tokens,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model_name,
        )

    @abstractmethod
    def _write(self, messages: Sequence[ChatMessage], options: WriteOptions) -> Iterator[Written]:
        """Yield the answer piece by piece; closing the iterator stops the writing."""

    @abstractmethod
    def close(self) -> None:
        """Release the model. Closing twice is harmless, and using it again loads it again."""

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the whole answer.

        Takes ``response_format``, ``max_tokens``, ``temperature``, ``seed``, ``logprobs`` and
        ``top_logprobs``.
        """
        logprobs: list[list[LogProb]] = []
        for response in self._responses(messages, self._options(kwargs)):
            logprobs.extend(response.logprobs or [])
        response.logprobs = logprobs or None
        response.delta = None
        return response

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Yield the answer as it grows; same options as ``chat``."""
        return self._responses(messages, self._options(kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer one prompt, given to the model as a user's message."""
        return chat_to_completion_decorator(self.chat)(prompt, **kwargs)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Answer one prompt as it is written."""
        return stream_chat_to_completion_decorator(self.stream_chat)(prompt, **kwargs)

    def _responses(self, messages: Sequence[ChatMessage], options: WriteOptions) -> ChatResponseGen:
        text = ""
        for piece in self._write(messages, options):
            text += piece.text
            yield _response(text, piece)

    def _options(self, kwargs: Mapping[str, Any]) -> WriteOptions:
        known = {"response_format", "max_tokens", "temperature", "seed", "logprobs", "top_logprobs"}
        if unknown := sorted(kwargs.keys() - known):
            raise TypeError(f"{type(self).__name__} takes no option {unknown[0]!r}")
        return WriteOptions(
            max_tokens=kwargs.get("max_tokens", self.max_tokens),
            temperature=kwargs.get("temperature", self.temperature),
            schema=(kwargs.get("response_format") or {}).get("json_schema", {}).get("schema"),
            logprobs=kwargs.get("top_logprobs", 1) if kwargs.get("logprobs") else 0,
            seed=kwargs.get("seed", self.seed),
        )


def _response(text: str, piece: Written) -> ChatResponse:
    counted: dict[str, int] = {}
    if piece.finish:
        counted = {
            "prompt_tokens": piece.tokens_in,
            "completion_tokens": piece.tokens_out,
            "total_tokens": piece.tokens_in + piece.tokens_out,
            "cached_tokens": piece.tokens_cached,
        }
    return ChatResponse(
        message=ChatMessage(role=MessageRole.ASSISTANT, content=text),
        delta=piece.text,
        raw={"choices": [{"finish_reason": piece.finish}], "usage": counted or None},
        logprobs=[list(alternatives) for alternatives in piece.logprobs] or None,
        additional_kwargs=dict(counted),
    )
