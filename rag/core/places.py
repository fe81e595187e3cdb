"""Where each character of a canonical text stands on the pages it was read from, so that any quote can be
drawn on its page.

Places are fractions of the page as it is shown, from its upper left corner, in steps of 1/65,535. They are
kept packed beside the document, and erased with it.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_UNITS = 65_535
_VERSION = b"1"
_SAME_LINE = 0.5
_WIDEST_SPACE = 2.0
_TURN_UNITS = 100.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page (numbered from 1), in fractions of its width and height from the upper left
    corner.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A word and where it stands: ``edges`` are the left edges of its characters and the right edge of the
    last.

    Two edges alone mean that only the whole word's place is known.
    """

    text: str
    top: float
    bottom: float
    edges: tuple[float, ...]

    def at(self, start: int, page: int) -> WordPlace:
        """Return its place as a word of the canonical text that begins at ``start``."""
        return WordPlace(start, len(self.text), page, self.top, self.bottom, self.edges)


@dataclass(frozen=True, slots=True)
class WordPlace:
    """The place of ``length`` characters of the canonical text from ``start``."""

    start: int
    length: int
    page: int
    top: float
    bottom: float
    edges: tuple[float, ...]

    def box(self, start: int, end: int) -> Box:
        """Return the rectangle of the characters from ``start`` to ``end`` that it holds."""
        first, last = max(0, start - self.start), min(self.length, end - self.start)
        if len(self.edges) != self.length + 1:
            return Box(self.page, self.edges[0], self.top, self.edges[-1], self.bottom)
        return Box(self.page, self.edges[first], self.top, self.edges[last], self.bottom)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a document's words, in the order of its text.

    ``turns`` holds, by page, the degrees counter-clockwise by which the page in the file was turned before it
    was read (a scan that lay askew): the page is shown turned likewise.
    """

    words: tuple[WordPlace, ...] = ()
    turns: Mapping[int, float] = field(default_factory=dict)

    def boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """Return what covers the characters from ``start`` to ``end``: a box a line, in the order of the
        text.
        """
        first = max(0, bisect_right(self.words, start, key=lambda word: word.start) - 1)
        return tuple(_by_line(word.box(start, end) for word in self._overlapping(first, start, end)))

    def _overlapping(self, first: int, start: int, end: int) -> Iterator[WordPlace]:
        for place in range(first, len(self.words)):
            word = self.words[place]
            if word.start >= end:
                return
            if word.start + word.length > start:
                yield word


def _by_line(boxes: Iterable[Box]) -> Iterator[Box]:
    last: Box | None = None
    for box in boxes:
        if last is not None and _is_next(last, box):
            last = Box(
                box.page,
                last.left,
                min(last.top, box.top),
                max(last.right, box.right),
                max(last.bottom, box.bottom),
            )
            continue
        if last is not None:
            yield last
        last = box
    if last is not None:
        yield last


def _is_next(before: Box, box: Box) -> bool:
    """Tell whether a box follows another on its line, no further off than a wide space."""
    height = min(before.bottom - before.top, box.bottom - box.top)
    shared = min(before.bottom, box.bottom) - max(before.top, box.top)
    gap = box.left - before.right
    return (
        before.page == box.page and shared >= _SAME_LINE * height and -height <= gap <= _WIDEST_SPACE * height
    )


def pack(places: Places) -> bytes:
    """Return places in few bytes (about two a character), nothing where there are none."""
    if not places.words and not places.turns:
        return b""
    words = places.words
    columns = (
        array("I", [len(words), len(places.turns)]),
        array("I", places.turns),
        array("i", [round(turn * _TURN_UNITS) for turn in places.turns.values()]),
        array("I", [word.start for word in words]),
        array("I", [word.page for word in words]),
        array("I", [word.length for word in words]),
        array("H", [len(word.edges) for word in words]),
        _fractions(word.top for word in words),
        _fractions(word.bottom for word in words),
        _fractions(edge for word in words for edge in word.edges),
    )
    return _VERSION + zlib.compress(b"".join(_little_endian(column).tobytes() for column in columns), 6)


def unpack(data: bytes) -> Places:
    """Return the places that ``pack`` wrote."""
    if not data.startswith(_VERSION):
        return Places()
    rest = _Columns(zlib.decompress(data[len(_VERSION) :]))
    count, turned = rest.take("I", 2)
    pages, turns = rest.take("I", turned), rest.take("i", turned)
    starts, on, lengths = rest.take("I", count), rest.take("I", count), rest.take("I", count)
    sizes = rest.take("H", count)
    tops, bottoms = rest.fractions(count), rest.fractions(count)
    words = []
    for place in range(count):
        edges = rest.fractions(sizes[place])
        words.append(
            WordPlace(starts[place], lengths[place], on[place], tops[place], bottoms[place], tuple(edges))
        )
    return Places(tuple(words), {page: turn / _TURN_UNITS for page, turn in zip(pages, turns, strict=True)})


class _Columns:
    """Reads columns of numbers one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, kind: str, count: int) -> Sequence[int]:
        column = array(kind)
        end = self._at + count * column.itemsize
        column.frombytes(self._data[self._at : end])
        self._at = end
        return _little_endian(column)

    def fractions(self, count: int) -> list[float]:
        return [value / _UNITS for value in self.take("H", count)]


def _fractions(values: Iterable[float]) -> array[int]:
    return array("H", [round(_UNITS * min(1.0, max(0.0, value))) for value in values])


def _little_endian(column: array[int]) -> array[int]:
    if sys.byteorder == "big":
        column.byteswap()
    return column
