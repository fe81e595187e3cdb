"""What each stage of the pipeline cost, told to whoever listens: a server's figures and traces. Without a
listener nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]
"""Takes the name of a stage that has just ended, and its milliseconds."""

_listener: ContextVar[Listener | None] = ContextVar("stages", default=None)


def ended(stage: str, milliseconds: float) -> None:
    """Tell that a stage has just ended."""
    listener = _listener.get()
    if listener is not None:
        listener(stage, milliseconds)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let a listener hear the stages that run in the block, on this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
