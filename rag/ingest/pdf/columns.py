"""The order in which pieces of lines, known by their places alone, are read.

Pieces at one height make a row: a table is read row by row, so that a result stays beside its name. Two
columns of running text are read one after the other; what runs across both keeps its place between.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Word = TypeVar("Word")

_SAME_ROW = 0.5
_PROSE_WORDS = 4
_PROSE_LINES = 4
_FULL = 0.6
_MOSTLY_FULL = 0.6
_MOST_COLUMNS = 3
_TRIED = [place / 100 for place in range(30, 71)]


@dataclass(frozen=True, slots=True)
class LinePiece(Generic[Word]):
    """A piece of a line: its words and where it stands, from the upper left corner of the page; ``size``
    counts its words.
    """

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: int


Row = list[LinePiece[Word]]


def in_reading_order(segments: Sequence[LinePiece[Word]], width: float) -> Iterator[Row[Word]]:
    """Yield rows, from the top; each from left to right. ``width`` is that of the page."""
    for part in _parts(sorted(segments, key=lambda segment: (segment.top, segment.left)), width):
        yield from _rows(part)


def parted(segments: Sequence[LinePiece[Word]], width: float) -> list[list[LinePiece[Word]]]:
    """Return the parts of a page in the order they are read, each from the top: one part where there are no
    columns of running text.
    """
    return [
        part
        for part in _parts(sorted(segments, key=lambda segment: (segment.top, segment.left)), width)
        if part
    ]


def _parts(
    segments: Sequence[LinePiece[Word]], width: float, start: float = 0.0, depth: int = 0
) -> list[list[LinePiece[Word]]]:
    """Return the segments as parts to be read one after the other: the whole page, or what stands above,
    left, right and below; a side may hold columns of its own.
    """
    gutters = [
        (len(found[0]) + len(found[1]), -abs(place - 0.5), place)
        for place in _TRIED
        if (found := _columns(segments, start + place * width, depth))
    ]
    if not gutters:
        return [list(segments)]
    left, right = _columns(segments, start + max(gutters)[2] * width, depth) or ([], [])
    within = {id(segment) for segment in (*left, *right)}
    first = min(segment.top for segment in (*left, *right))
    others = [segment for segment in segments if id(segment) not in within]
    above = [segment for segment in others if segment.top < first]
    below = [segment for segment in others if segment.top >= first]
    sides = [part for side in (left, right) for part in _within(side, depth)]
    return [above, *sides, *(_parts(below, width, start, depth) if below else [])]


def _within(side: Sequence[LinePiece[Word]], depth: int) -> list[list[LinePiece[Word]]]:
    """Return the columns that a side of a page holds, itself where it is one column."""
    if depth + 1 >= _MOST_COLUMNS or not side:
        return [list(side)]
    first, last = min(piece.left for piece in side), max(piece.right for piece in side)
    return _parts(side, last - first, first, depth + 1)


def _columns(
    segments: Sequence[LinePiece[Word]], gutter: float, depth: int
) -> tuple[list[LinePiece[Word]], list[LinePiece[Word]]] | None:
    """Return both sides of the first stretch of the page, between what crosses the gutter, that is running
    text left and right of it.
    """
    stretch: list[LinePiece[Word]] = []
    for segment in (*segments, None):
        if segment is not None and not segment.left < gutter < segment.right:
            stretch.append(segment)
            continue
        left = [piece for piece in stretch if piece.right <= gutter]
        right = [piece for piece in stretch if piece.left >= gutter]
        prose = [_is_prose(side) for side in (left, right)]
        if any(prose) and all(
            is_prose or len(_within(side, depth)) > 1
            for is_prose, side in zip(prose, (left, right), strict=True)
        ):
            return left, right
        stretch = []
    return None


def _is_prose(segments: Sequence[LinePiece[Word]]) -> bool:
    if len(segments) < _PROSE_LINES or statistics.median(segment.size for segment in segments) < _PROSE_WORDS:
        return False
    room = max(segment.right for segment in segments) - min(segment.left for segment in segments)
    full = sum(segment.right - segment.left > _FULL * room for segment in segments)
    return full >= _MOSTLY_FULL * len(segments)


def _rows(segments: Sequence[LinePiece[Word]]) -> Iterator[Row[Word]]:
    row: Row[Word] = []
    for segment in segments:
        if row and not all(_are_beside(other, segment) for other in row):
            yield sorted(row, key=lambda piece: piece.left)
            row = []
        row.append(segment)
    if row:
        yield sorted(row, key=lambda piece: piece.left)


def _are_beside(one: LinePiece[Word], other: LinePiece[Word]) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    lower = min(one.bottom - one.top, other.bottom - other.top)
    return shared >= _SAME_ROW * lower and (one.right <= other.left or other.right <= one.left)
