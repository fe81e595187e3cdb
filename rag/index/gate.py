"""Many readers of one resource that is now and then replaced or closed: it changes only while nobody
reads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from rag.core.errors import Unavailable

T = TypeVar("T")


class Gate(Generic[T]):
    """Holds a resource for any number of threads at once."""

    def __init__(self, resource: T) -> None:
        self._resource: T | None = resource
        self._users = 0
        self._is_changing = False
        self._change = threading.Condition()

    @contextmanager
    def entered(self) -> Iterator[T]:
        """Use the resource; it stays as it is until the block ends.

        Raises:
            Unavailable: it was closed.
        """
        with self._change:
            self._change.wait_for(
                lambda: not self._is_changing
            )  # else a stream of readers would keep a change waiting for ever
            if self._resource is None:
                raise Unavailable("index_closed")
            resource = self._resource
            self._users += 1
        try:
            yield resource
        finally:
            with self._change:
                self._users -= 1
                self._change.notify_all()

    @contextmanager
    def replaced(self, successor: T | None) -> Iterator[T | None]:
        """Wait until nobody uses the resource, and give the old one to the block (to close it); others wait
        meanwhile.
        """
        with self._change:
            self._is_changing = True
            try:
                self._change.wait_for(lambda: self._users == 0)
                former, self._resource = self._resource, successor
                yield former
            finally:
                self._is_changing = False
                self._change.notify_all()
