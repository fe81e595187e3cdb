"""A language model behind an OpenAI-compatible server of the hospital: vLLM, llama-server, Ollama.

Errors of the client library end here: they leave as Traboule's own, which name the server and the mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    MessageRole,
)

from rag.core.errors import ConfigurationError, TrabouleError, Unavailable, UsageError
from rag.models.llm.turns import turns_of
from rag.settings import LlmSettings

try:
    import httpx
    import openai
    from llama_index.llms.openai.utils import to_openai_message_dicts
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]
except ImportError as error:
    raise ConfigurationError("llm_extra_missing", kind="openai", extra="openai") from error

_CONNECT_S = 5.0
_SEED = 1


class ServerLlm(OpenAILike):  # type: ignore[misc]  # its package has no types
    """``OpenAILike`` that counts tokens while streaming, obeys ``max_tokens`` of a call, and raises
    Traboule's errors.
    """

    @classmethod
    def class_name(cls) -> str:
        """Name in LlamaIndex's registry."""
        return "traboule_server_llm"

    def close(self) -> None:
        """Close the connections. Closing twice is harmless."""
        if self._client is not None:
            self._client.close()
            self._client: openai.OpenAI | None = None

    def _get_credential_kwargs(self, is_async: bool = False) -> dict[str, Any]:
        timeout = httpx.Timeout(self.timeout, connect=min(_CONNECT_S, self.timeout))
        return {**super()._get_credential_kwargs(is_async), "timeout": timeout}

    def _get_model_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        options: dict[str, Any] = super()._get_model_kwargs(**kwargs)
        options |= {
            name: kwargs[name] for name in ("max_tokens", "seed") if name in kwargs
        }  # the base class prefers its own
        if kwargs.get("stream"):
            options.setdefault("stream_options", {"include_usage": True})
        return options

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        with self._translated():
            return cast("ChatResponse", super()._chat(_plain(messages), **kwargs))

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Yield the growing answer. Written anew so that a caller who goes away closes the connection, and
        the server stops writing.
        """
        text = ""
        turns = to_openai_message_dicts(_plain(messages), model=self.model)
        create = self._get_client().chat.completions.create
        with (
            self._translated(),
            create(messages=turns, **self._get_model_kwargs(stream=True, **kwargs)) as chunks,
        ):
            for chunk in chunks:
                delta = (chunk.choices[0].delta.content or "") if chunk.choices else ""
                text += delta
                message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                counts = self._get_response_token_counts(chunk)
                yield ChatResponse(message=message, delta=delta, raw=chunk, additional_kwargs=counts)

    def _complete(self, prompt: str, **kwargs: Any) -> CompletionResponse:
        with self._translated():
            return cast("CompletionResponse", super()._complete(prompt, **kwargs))

    def _stream_complete(self, prompt: str, **kwargs: Any) -> CompletionResponseGen:
        with self._translated():
            yield from super()._stream_complete(prompt, **kwargs)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise _translation(error, self) from error


def server_llm(settings: LlmSettings) -> ServerLlm:
    """Return the model of the server that the settings name. Nothing is asked of the server yet.

    Raises:
        ConfigurationError: ``llm.base_url`` is not set.
    """
    if not settings.base_url:
        raise ConfigurationError("llm_no_base_url")
    return ServerLlm(
        model=settings.name,
        api_base=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
        is_chat_model=True,
        context_window=settings.context_tokens,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        timeout=settings.timeout_s,
        max_retries=1,
        additional_kwargs={"seed": _SEED},
    )


def _plain(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    return [ChatMessage(**turn) for turn in turns_of(messages)]


def _translation(error: Exception, llm: ServerLlm) -> TrabouleError:
    url = _shown(llm.api_base or "")
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return Unavailable("llm_server_timeout", url=url, seconds=llm.timeout)
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return Unavailable("llm_refused", url=url)
    if isinstance(error, openai.NotFoundError):
        return Unavailable("llm_not_served", url=url, name=llm.model)
    if isinstance(error, openai.BadRequestError) and _is_context_error(error):
        return UsageError("llm_prompt_too_long_for_server", url=url)
    if isinstance(error, openai.APIStatusError):
        return Unavailable("llm_server_error", url=url, status=error.status_code)
    return Unavailable("llm_unreachable", url=url)


def _is_context_error(error: openai.BadRequestError) -> bool:
    """Recognise the wordings of OpenAI and vLLM (a code, or "maximum context length") and of llama-server
    (its type).
    """
    told = f"{error.code} {error.type} {error.message}".lower()
    return any(
        words in told
        for words in ("context_length", "context length", "exceed_context", "context size", "context window")
    )


def _shown(url: str) -> str:
    """Return the address without a user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
