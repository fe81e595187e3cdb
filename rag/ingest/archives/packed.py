"""Streams that unpack gzip, bzip2 and xz, and stop where a bomb goes on."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import Any, BinaryIO

from rag.core.errors import ParseError

DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What unpacking raises on a damaged or truncated file."""


class Limited(io.RawIOBase):
    """A stream that raises ``error`` once more than ``most`` bytes were read from it."""

    def __init__(self, stream: BinaryIO, most: int, error: ParseError) -> None:
        super().__init__()
        self._stream, self._left, self._error = stream, most, error

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._left -= len(data)
        if self._left < 0:
            raise self._error
        return len(data)


def unpacked(stream: BinaryIO, most: int, error: ParseError) -> BinaryIO:
    """Return a stream of what a file packs, or of the file itself where it is not packed; it raises ``error``
    after ``most`` bytes.
    """
    start = stream.read(6)
    stream.seek(0)
    inner: object = stream
    if start.startswith(b"\x1f\x8b"):
        inner = gzip.GzipFile(fileobj=stream)
    elif start.startswith(b"BZh"):
        inner = bz2.BZ2File(stream)
    elif start.startswith(b"\xfd7zXZ"):
        inner = lzma.LZMAFile(stream)  # noqa: SIM115 - the caller reads from it
    return io.BufferedReader(Limited(inner, most, error))  # type: ignore[arg-type]
