"""A model in this process is not released under a request that still runs: that would bring the process
down.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

import rag.models.llm.llamacpp as llamacpp


class Slow:
    """A server that notices only after a while that nobody listens any more."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def handle_chat_completions(
        self, request: Mapping[str, object], callback: Callable[[Mapping[str, object]], bool]
    ) -> None:
        while not callback({"choices": [{"delta": {"content": "x"}}]}):
            time.sleep(0.2)
        self.ended.set()


def test_closing_waits_for_a_request_that_was_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = Slow()
    monkeypatch.setattr(llamacpp, "_start", lambda *_: server)
    model = llamacpp.LlamaCpp(model_path=tmp_path / "model.gguf", model_name="slow")
    stream = model.stream_chat([ChatMessage(role="user", content="?")])
    assert next(stream).delta == "x"
    stream.close()
    model.close()
    assert server.ended.is_set()
    model.close()  # twice is harmless
