"""Who is told how far a measurement is. The library says what it does; whether anybody shows it is not its
concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rag.ingest.report import Progress as IngestProgress


class Advance(Protocol):
    """Told how many more are done."""

    def __call__(self, count: int = 1) -> None:
        """Count them."""


class Progress(Protocol):
    """Follows a measurement. Keys are messages of ``rag.messages``; what is told is never needed for a
    result.
    """

    def counting(self, key: str, total: int) -> AbstractContextManager[Advance]:
        """Follow the counting of ``total`` things."""

    def reading(self) -> AbstractContextManager[Callable[[IngestProgress], None]]:
        """Follow the reading of a corpus."""

    def warn(self, key: str, /, **facts: object) -> None:
        """Take note of what a person should know and no result says."""


class Silence:
    """A ``Progress`` that shows nothing: for programs and tests."""

    @contextmanager
    def counting(self, key: str, total: int) -> Iterator[Advance]:
        """Follow nothing."""
        yield lambda count=1: None

    @contextmanager
    def reading(self) -> Iterator[Callable[[IngestProgress], None]]:
        """Follow nothing."""
        yield lambda at: None

    def warn(self, key: str, /, **facts: object) -> None:
        """Say nothing."""
