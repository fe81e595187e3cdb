"""The judge's language model: one request in, one JSON document out, or the reason why there is none.

The schema is obeyed token by token, so that a document is never malformed; a limit of time or length can
still end it early.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eval.answers.outage import TIMEOUTS
from rag.core.calls import Cancelled, working_for
from rag.core.errors import TrabouleError
from rag.models.llm.structured import stream_json

if TYPE_CHECKING:
    from llama_index.core.llms.llm import LLM

_REASONS = {
    **dict.fromkeys(TIMEOUTS, "timeout"),
    **dict.fromkeys(("llm_prompt_too_long", "llm_prompt_too_long_for_server"), "prompt_too_long"),
}
"""Errors of the model that concern one request; any other would happen to every one, and ends the run."""


class NoOpinion(Exception):
    """The judge gave no score; ``reason`` is a word of the table ``unscored``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """What is put to the model: a prompt, the schema of the reply, and the seed, by which one repeat differs
    from another.
    """

    prompt: str
    schema: Mapping[str, object]
    seed: int = 1


@dataclass(slots=True)
class _Deadline:
    """A call that nobody waits for any more once its time is up, or once the run is stopped."""

    until: float
    stopped: threading.Event

    def check(self) -> None:
        if self.stopped.is_set() or time.monotonic() > self.until:
            raise Cancelled

    def begin_model(self) -> None:
        """Start at once: nothing else uses this model."""

    def end_model(self) -> None:
        """Nothing else waits for this model."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Has the model reply. ``timeout_s`` is what one request may take, reading included."""

    llm: LLM
    timeout_s: float
    max_tokens: int
    _stopped: threading.Event = field(default_factory=threading.Event)

    def write(self, request: Request) -> str:
        """Return the reply, a JSON document.

        Raises:
            NoOpinion: it took too long, or does not fit into the model's context or the reply's length.
            TrabouleError: the model cannot be used at all.
        """
        from llama_index.core.base.llms.types import ChatMessage

        messages = [ChatMessage(role="user", content=request.prompt)]
        try:
            with working_for(_Deadline(time.monotonic() + self.timeout_s, self._stopped)):
                stream = stream_json(self.llm, messages, request.schema, self.max_tokens, request.seed)
                text = "".join(stream)
        except Cancelled:
            raise NoOpinion("timeout") from None
        except TrabouleError as error:
            if error.key in _REASONS:
                raise NoOpinion(_REASONS[error.key]) from None
            raise
        if stream.truncated:
            raise NoOpinion("cut_short")
        return text

    def stop(self) -> None:
        """End the request that is being written, and every later one."""
        self._stopped.set()
