"""How far a list of files is read, by their sizes: one file of a million records moves as a million files
would.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from rag.ingest.sources.paths import FoundFile

_A_FILE = 1000
"""Bytes that opening any file counts for."""
_ALMOST = 0.99
"""Share of a file that its text can fill: names of fields and markup are known only when it is closed."""


class Pace:
    """Told of files as they begin and of text as it is read."""

    def __init__(self, found: Sequence[FoundFile]) -> None:
        self._sizes = [_A_FILE + (0 if item.problem else text_bytes(item.path)) for item in found]
        self._total = sum(self._sizes) or 1
        self._before = self._size = self._read = 0

    def begin(self, number: int) -> None:
        """Say that a file begins; those before it are done."""
        self._before += self._size
        self._size, self._read = self._sizes[number], 0

    def read(self, characters: int) -> None:
        """Say that so much text of the file was read."""
        self._read += characters

    @property
    def share(self) -> float:
        """Return the share that is done, in [0, 1]."""
        return (self._before + min(self._read, _ALMOST * self._size)) / self._total


def text_bytes(path: Path) -> int:
    """Return the size of a file, unpacked if it is gzipped (modulo 4 GB, as gzip notes it); 0 where it cannot
    be read.
    """
    try:
        size = path.stat().st_size
        if path.suffix.lower() != ".gz" or size < 4:
            return size
        with path.open("rb") as stream:
            stream.seek(-4, 2)
            (unpacked,) = struct.unpack("<I", stream.read(4))
        return max(size, int(unpacked))
    except OSError:
        return 0
