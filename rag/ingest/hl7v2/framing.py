"""Bytes to messages: MLLP frames, batches, or messages one after another, whatever ends their lines."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator
from dataclasses import dataclass

_START, _END = b"\x0b", b"\x1c"
_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}")
_HEADER = re.compile(rb"(?:MSH|FHS|BHS)([^\w\s])")
_BARE = (b"DSC", b"FTS", b"BTS")
"""Segments that may stand without any field."""
_ENVELOPES = (b"FHS", b"BHS", b"BTS", b"FTS")


@dataclass(frozen=True, slots=True)
class Raw:
    """The segments of one message, undecoded; ``is_whole`` is false where its frame has no end."""

    number: int
    segments: tuple[bytes, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Announced:
    """How many messages a batch says it holds, and how many it does."""

    expected: int
    found: int


def split_messages(data: bytes) -> Iterator[Raw | Announced]:
    """Yield the messages of a file in order, and where a batch miscounts them, both counts."""
    data = _in_bytes(data)
    number = in_batch = 0
    for text, is_whole in _frames(data):
        held: list[bytes] = []
        for segment in _segments(text):
            name = segment[:3]
            if name == b"MSH" or name in _ENVELOPES:
                if held:
                    number, in_batch = number + 1, in_batch + 1
                    yield Raw(number, tuple(held), True)
                held = [segment] if name == b"MSH" else []
                if name == b"BHS":
                    in_batch = 0
                elif name == b"BTS" and (expected := _count(segment)) is not None and expected != in_batch:
                    yield Announced(expected, in_batch)
            elif held:
                held.append(segment)
        if held:
            number, in_batch = number + 1, in_batch + 1
            yield Raw(number, tuple(held), is_whole)


def _in_bytes(data: bytes) -> bytes:
    """Return UTF-16 or UTF-32 as UTF-8: segments are found byte by byte."""
    for mark, encoding in (
        (BOM_UTF32_LE, "utf-32"),
        (BOM_UTF32_BE, "utf-32"),
        (BOM_UTF16_LE, "utf-16"),
        (BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode()
    for start, encoding in ((b"M\0S\0H\0", "utf-16-le"), (b"\0M\0S\0H", "utf-16-be")):
        if data.startswith(start):
            return data.decode(encoding, "replace").encode()
    return data


def _count(trailer: bytes) -> int | None:
    parts = trailer.split(trailer[3:4])
    return int(parts[1]) if len(parts) > 1 and parts[1].strip().isdigit() else None


def _frames(data: bytes) -> Iterator[tuple[bytes, bool]]:
    if _START not in data:
        yield data.lstrip(b"\xef\xbb\xbf"), True
        return
    for frame in data.split(_START)[1:]:
        text, end, _ = frame.partition(_END)
        yield text, bool(end)


def _segments(text: bytes) -> Iterator[bytes]:
    """Yield segments; a line that begins with no segment's name goes on with the one before, as text with raw
    line ends does.

    A name is followed by the field separator that the header declares (chapter 2, 2.5.1): ``HTA, diabète`` is
    a line of a text.
    """
    held, separator, blank = b"", b"|", 0
    for line in re.split(rb"\r\n|\r|\n", text):
        opens = _HEADER.match(line)
        separator = opens[1] if opens else separator
        if opens or (_NAME.match(line) and (line[3:4] == separator or line.strip() in _BARE)):
            if held:
                yield held
            held, blank = line, 0
        elif held and line.strip():
            held += b"\n" * (1 + min(blank, 1)) + line
            blank = 0
        elif held:
            blank += 1
    if held:
        yield held
