"""The call that a thread works for: whether its caller is still there, and when it may use the language
model.

A server gives each question a ``Call``; the stage that runs the model asks it for its turn and looks now and
then whether to go on. Without one, as on the command line, every question is answered at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rag.core.errors import TrabouleError


class Cancelled(TrabouleError):
    """The caller is gone, or took back the question. Nothing is to be shown to anybody."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class Call(Protocol):
    """One question on its way. Every method may be called again without harm."""

    def check(self) -> None:
        """Raise ``Cancelled`` when nobody waits for the result any more."""

    def begin_model(self) -> None:
        """Wait until the language model is free for this call. Raises ``Cancelled``."""

    def end_model(self) -> None:
        """Leave the language model to others."""


class _Alone:
    """A call with nobody to wait for and nobody to go away."""

    def check(self) -> None:
        pass

    def begin_model(self) -> None:
        pass

    def end_model(self) -> None:
        pass


_ALONE: Call = _Alone()
_current: ContextVar[Call] = ContextVar("call", default=_ALONE)


def current_call() -> Call:
    """Return the call that this thread works for."""
    return _current.get()


@contextmanager
def working_for(call: Call) -> Iterator[None]:
    """Let what runs in the block, on this thread, work for a call."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)
