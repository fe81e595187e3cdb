"""Files begun before their turn, so that worker processes parse while earlier files are embedded and written.

Turns stay in order: what is written, and which of two files with one id comes first, does not depend on which
is parsed sooner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.core.errors import ParseError
from rag.ingest.sources.files import FileReading, Opened
from rag.ingest.sources.paths import FoundFile


@dataclass(frozen=True, slots=True)
class Begun:
    """A file whose turn comes. ``reading`` is None where nothing is to be read: it is unchanged, or
    ``problem`` says what is in the way.
    """

    found: FoundFile
    opened: Opened | None = None
    blob: str | None = None
    reading: FileReading | None = None
    problem: ParseError | None = None


class Ahead:
    """Yields files in order, each begun when it is at most ``depth`` turns away."""

    def __init__(self, found: Sequence[FoundFile], begin: Callable[[FoundFile], Begun], depth: int) -> None:
        self._found, self._begin, self._depth = iter(found), begin, depth
        self._begun: deque[Begun] = deque()

    def __iter__(self) -> Iterator[Begun]:
        try:
            for item in self._found:
                self._begun.append(self._begin(item))
                if len(self._begun) > self._depth:
                    yield self._begun.popleft()
            while self._begun:
                yield self._begun.popleft()
        finally:
            for begun in self._begun:
                if begun.reading is not None:
                    begun.reading.drop()

    def blobs(self) -> set[str]:
        """Return the copies made for files whose turn has not come: no document refers to them yet."""
        return {begun.blob for begun in self._begun if begun.blob}
