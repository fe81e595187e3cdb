"""The embedded language model: llama.cpp in this process (``xllamacpp``), from a GGUF file, with JSON-schema
decoding and a prefix cache.

Nothing leaves the process: the HTTP listener that llama.cpp insists on opening is a socket in a private
folder that is removed at once. Keep the fixed part of a prompt first: what two calls have in common at the
start is read only once.
"""

from __future__ import annotations

import os
import queue
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from llama_index.core.base.llms.types import ChatMessage, LogProb
from pydantic import PrivateAttr

from rag.core.calls import current_call
from rag.core.errors import ConfigurationError, Unavailable, UsageError
from rag.models.cores import usable_cores
from rag.models.files.stored import model_file
from rag.models.llm.local import Finish, LocalLlm, WriteOptions, Written
from rag.models.llm.turns import turns_of
from rag.settings import LlmSettings

_Chunk = Mapping[str, Any]
_READ_AT_ONCE = 128
"""Prompt tokens read between two looks at whether the caller has gone away."""
_SPINS = "10000"
"""How long a thread of llama.cpp spins for another before it sleeps. By default it spins for a millisecond
and more, at every layer: where something else computes on the same cores, such as an ingest, an answer then
takes fifty times as long.
"""
_MATCH_TOKENS, _GUESS_TOKENS = 3, 8
"""An answer copies from its evidence. Where its last three tokens stand in the prompt, the eight that follow
there are guessed and checked in one pass: the text stays the same, and is written about a quarter faster.
"""
_WIND_DOWN_S = 30.0
"""How long closing waits for a request that was stopped: a model that is released under it brings the whole
process down.
"""
_CACHE_MB = 512
"""Room for the read state of other prompts, so that two tasks with different instructions do not push each
other out.
"""
_SEPARATORS = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""Free white space lets a small model write line breaks for a third of its tokens."""


class _Server(Protocol):
    def handle_chat_completions(
        self, request: Mapping[str, object], callback: Callable[[_Chunk], bool]
    ) -> object: ...


class LlamaCpp(LocalLlm):
    """A GGUF model, loaded on first use. Calls from several threads are answered one after the other."""

    model_path: Path
    _server: _Server | None = PrivateAttr(default=None)
    _guard: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _running: set[threading.Thread] = PrivateAttr(default_factory=set)

    @classmethod
    def class_name(cls) -> str:
        """Name in LlamaIndex's registry."""
        return "traboule_llamacpp"

    def close(self) -> None:
        """Release the model. Closing twice is harmless, and using it again loads it again."""
        for thread in list(self._running):
            thread.join(_WIND_DOWN_S)
        with self._guard:
            self._server = None

    def _loaded(self) -> _Server:
        with self._guard:
            if self._server is None:
                self._server = _start(self.model_path, self.context_tokens, self.threads or usable_cores())
            return self._server

    def _write(self, messages: Sequence[ChatMessage], options: WriteOptions) -> Iterator[Written]:
        return _pieces(_stream(self._loaded(), _request(messages, options), self.timeout_s, self._running))


def llamacpp_llm(settings: LlmSettings, folder: Path) -> LlamaCpp:
    """Return the embedded model that the settings name; ``folder`` is the models folder.

    Raises:
        Unavailable: its file is not there.
    """
    return LlamaCpp(
        model_path=model_file(folder, settings.name, "model.gguf"),
        model_name=settings.name,
        context_tokens=settings.context_tokens,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        threads=settings.threads,
        timeout_s=settings.timeout_s,
    )


def _start(path: Path, context_tokens: int, threads: int) -> _Server:
    if not path.is_file():
        raise Unavailable("llm_file_missing", path=path)
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)  # read once, when the library below is loaded
    try:
        import xllamacpp  # type: ignore[import-untyped]
    except ImportError as error:  # its wheel relies on the system's OpenMP library, which slim images lack
        raise ConfigurationError("llm_runtime_missing", reason=error) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context_tokens
    params.n_batch = params.n_ubatch = _READ_AT_ONCE
    params.n_parallel = 1
    params.cache_ram_mib = _CACHE_MB
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
    params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    params.speculative.ngram_simple.size_n = _MATCH_TOKENS
    params.speculative.ngram_simple.size_m = params.speculative.draft.n_max = _GUESS_TOKENS
    params.verbosity = -1
    params.n_threads_http = 1
    params.api_keys = [secrets.token_hex(32)]
    with tempfile.TemporaryDirectory(prefix="traboule-") as private:
        address = f"{private}/llm.sock"
        if len(address) < 100 and hasattr(socket, "AF_UNIX"):  # the system's limit is about 108 bytes
            params.hostnames = [address]
        try:
            return cast("_Server", xllamacpp.Server(params))
        except (RuntimeError, ValueError):
            raise ConfigurationError("llm_not_loaded", path=path) from None


def _request(messages: Sequence[ChatMessage], options: WriteOptions) -> dict[str, object]:
    request: dict[str, object] = {
        "messages": turns_of(messages),
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "seed": options.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "cache_prompt": True,
    }
    if options.schema is not None:
        request["grammar"] = _grammar(options.schema)
    if options.logprobs:
        request |= {"logprobs": True, "top_logprobs": options.logprobs}
    return request


def _grammar(schema: Mapping[str, object]) -> str:
    """Translate a schema for the decoder, with the white space of ``json.dumps`` and no other."""
    import xllamacpp

    lines = xllamacpp.json_schema_to_grammar({**schema, "x-guidance": _SEPARATORS}).splitlines()
    # a build of llama.cpp without llguidance gives a rule for white space instead, and ignores the separators
    # asked for
    return "\n".join('space ::= " "?' if line.startswith("space ::=") else line for line in lines)


def _stream(
    server: _Server, request: Mapping[str, object], timeout_s: float, running: set[threading.Thread]
) -> Iterator[_Chunk]:
    """Yield what the server gives, on a thread of its own, one of ``running``; stop it when the caller closes
    the iterator.

    Raises:
        UsageError: the prompt is longer than the context.
        Unavailable: nothing came for ``timeout_s``, or the server failed.
    """
    arrived: queue.SimpleQueue[_Chunk | Exception | None] = queue.SimpleQueue()
    gone = threading.Event()

    def take(chunk: _Chunk) -> bool:
        arrived.put(chunk)
        return gone.is_set()

    def work() -> None:
        try:
            server.handle_chat_completions(request, take)
            arrived.put(None)
        except Exception as error:
            arrived.put(error)
        finally:
            running.discard(threading.current_thread())

    thread = threading.Thread(target=work, name="llamacpp", daemon=True)
    running.add(thread)
    thread.start()
    call = current_call()
    try:
        while (chunk := arrived.get(timeout=timeout_s)) is not None:
            call.check()  # also between two parts of the prompt, whose reading yields nothing for seconds
            if isinstance(chunk, Exception):
                raise Unavailable("llm_failed", reason=type(chunk).__name__) from chunk
            if "error" in chunk:
                raise _translated(chunk["error"])
            yield chunk
    except queue.Empty:
        raise Unavailable("llm_timeout", seconds=timeout_s) from None
    finally:
        gone.set()


def _translated(error: Mapping[str, Any]) -> Exception:
    if error.get("type") == "exceed_context_size_error":
        return UsageError(
            "llm_prompt_too_long", tokens=error.get("n_prompt_tokens"), limit=error.get("n_ctx")
        )
    return Unavailable("llm_failed", reason=error.get("type") or error.get("code"))


def _pieces(chunks: Iterator[_Chunk]) -> Iterator[Written]:
    """Read the chunks of the OpenAI chat stream: text with its probabilities, then the reason of the end,
    then the counts.
    """
    finish: Finish = "stop"
    for chunk in chunks:
        for choice in chunk["choices"]:
            finish = choice.get("finish_reason") or finish
            if text := choice["delta"].get("content"):
                tokens = (choice.get("logprobs") or {}).get("content") or ()
                yield Written(text, tuple(_alternatives(token) for token in tokens))
        if usage := chunk.get("usage"):
            cached = usage["prompt_tokens_details"]["cached_tokens"]
            yield Written("", (), finish, usage["prompt_tokens"], usage["completion_tokens"], cached)


def _alternatives(token: Mapping[str, Any]) -> tuple[LogProb, ...]:
    return tuple(
        LogProb(token=entry["token"], logprob=entry["logprob"], bytes=entry["bytes"])
        for entry in token.get("top_logprobs") or [token]
    )
