"""Rows of words of a page before they become lines: with fields in their places, without struck-out words,
column after column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.core.places import Placed
from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED
from rag.ingest.parsing.scripts import lowered, raised
from rag.ingest.pdf.annotations import Entered
from rag.ingest.pdf.columns import LinePiece, parted
from rag.ingest.pdf.file import Rect

_SMALL = 0.82
"""Of the height of a line's letters: raised and lowered ones are smaller than this."""
_RISE, _FALL = 0.18, 0.05
_SAME_ROW = 0.4
_GUTTER = 0.9
"""Of a letter's size: a gap this wide may part two columns; a space has 0.25, one of a justified line rarely
0.8.
"""
_CLOSE = 0.3
_TOUCHING = 0.1
_FEWEST_ROWS = 4
_NEAR = 2.0


@dataclass(frozen=True, slots=True)
class Word:
    """A word, the place of its first letter among the page's, and where it stands; ``base`` is where its
    first level letter ends below.

    ``heights`` says of each letter whether it is raised or lowered, where any is. ``place`` is -1 for what
    was filled in.
    """

    text: str
    place: int
    left: float
    right: float
    base: float
    size: float
    placed: Placed
    heights: tuple[int, ...] = ()


@dataclass(slots=True)
class Row:
    """Words beside each other, from left to right as the file has them."""

    words: list[Word]
    hyphenated: bool = False


def whole(rows: Sequence[Row]) -> list[Row]:
    """Return rows with those joined that PDFium cuts behind a raised letter, though the line goes on right
    after it.
    """
    joined: list[Row] = []
    for row in rows:
        before = joined[-1] if joined else None
        if before is None or not _goes_on(before.words[-1], row.words[0]):
            joined.append(row)
            continue
        last, first = before.words[-1], row.words[0]
        touches = first.left - last.right < _TOUCHING * last.size
        words = (
            [*before.words[:-1], _together(last, first), *row.words[1:]]
            if touches
            else [*before.words, *row.words]
        )
        joined[-1] = Row(words, row.hyphenated)
    return joined


def _goes_on(last: Word, first: Word) -> bool:
    size = max(last.size, first.size)
    is_raised = (
        bool(last.heights and last.heights[-1])
        or last.size < _SMALL * first.size
        or first.size < _SMALL * last.size
    )
    return (
        is_raised
        and abs(last.base - first.base) < size
        and -_CLOSE * size < first.left - last.right < _GUTTER * size
    )


def _together(last: Word, first: Word) -> Word:
    heights = (*(last.heights or (LEVEL,) * len(last.text)), *(first.heights or (LEVEL,) * len(first.text)))
    top, bottom = min(last.placed.top, first.placed.top), max(last.placed.bottom, first.placed.bottom)
    placed = Placed(
        last.text + first.text,
        top,
        bottom,
        (last.placed.edges[0], max(last.placed.edges[-1], first.placed.edges[-1])),
    )
    return replace(last, text=placed.text, right=first.right, placed=placed, heights=heights)


def heights_of(boxes: Sequence[Rect]) -> tuple[int, ...]:
    """Return the heights of a word's letters, empty where all stand level."""
    tall = [box.top - box.bottom for box in boxes]
    tallest = max(tall)
    if tallest <= 0 or min(tall) > _SMALL * tallest:
        return ()
    level = next(box for box in boxes if box.top - box.bottom > _SMALL * tallest)
    found = tuple(_height(box.top - box.bottom, box.bottom - level.bottom, tallest) for box in boxes)
    return found if any(found) else ()


def _height(own: float, rise: float, tallest: float) -> int:
    if own > _SMALL * tallest:
        return LEVEL
    return RAISED if rise > _RISE * tallest else LOWERED if rise < -_FALL * tallest else LEVEL


def written(words: Sequence[Word], size: float, wide: float) -> tuple[str, tuple[Placed, ...]]:
    """Return the text of a line and the places of its words; a gap of ``wide`` sizes is written as three
    spaces.
    """
    text, placed = "", []
    level = next((word for word in words if word.size > _SMALL * size), words[0])
    for at, word in enumerate(words):
        gap = "" if not at else "   " if word.left - words[at - 1].right > wide * size else " "
        after = f" {words[at + 1].text}" if at + 1 < len(words) else ""
        heights = word.heights or (_own_height(word, level, size),) * len(word.text)
        own = _read(word.text, heights, text, after) if any(heights) else word.text
        if (
            heights[0] != LEVEL
            and at
            and (own.startswith(" ") or word.left - words[at - 1].right < _CLOSE * size)
        ):
            gap = ""
        placed.append(word.placed if own == word.text else _moved(word.placed, own.strip()))
        text += gap + own
    return text, tuple(placed)


def _own_height(word: Word, level: Word, size: float) -> int:
    """Return the height of a word of its own beside those of its line."""
    if word is level or word.place < 0 or word.size > _SMALL * size:
        return LEVEL
    return _height(word.size, word.base - level.base, size)


def _read(text: str, heights: Sequence[int], before: str, after: str) -> str:
    """Return a word as its raised and lowered letters are meant."""
    own, start = "", 0
    for at in range(1, len(text) + 1):
        if at == len(text) or heights[at] != heights[start]:
            piece, rest = text[start:at], text[at:] + after
            if heights[start] == RAISED:
                own += raised(piece, before + own, rest)
            else:
                own += lowered(piece, before + own) if heights[start] == LOWERED else piece
            start = at
    return own


def _moved(placed: Placed, text: str) -> Placed:
    """Return the place of a word that reads otherwise than its letters: the whole word where they are more or
    fewer.
    """
    edges = placed.edges if len(text) + 1 == len(placed.edges) else (placed.edges[0], placed.edges[-1])
    return replace(placed, text=text, edges=edges)


def without_struck(rows: list[Row], struck: Sequence[Rect]) -> list[Row]:
    """Return rows without the words that a line of an annotation goes through."""
    if not struck:
        return rows
    kept = [
        replace(
            row, words=[word for word in row.words if not any(_goes_through(rect, word) for rect in struck)]
        )
        for row in rows
    ]
    return [row for row in kept if row.words]


def _goes_through(rect: Rect, word: Word) -> bool:
    across, up = (word.left + word.right) / 2, word.base + word.size / 2
    return rect.left <= across <= rect.right and rect.bottom <= up <= rect.top


def with_entered(
    rows: list[Row], entered: Sequence[Entered], make: Callable[[str, Rect, float], Word]
) -> list[Row]:
    """Return rows with what was filled in as words of the row at whose height they stand, else as rows of
    their own.
    """
    rows = list(rows)
    for item in entered:
        beside = [row for row in rows if _overlap(row, item.place) >= _SAME_ROW]
        size = beside[0].words[0].size if beside else item.place.top - item.place.bottom
        word = make(item.text, item.place, size)
        if not beside:
            below = next(
                (at for at, row in enumerate(rows) if row.words[0].base < item.place.bottom), len(rows)
            )
            rows.insert(below, Row([word]))
            continue
        row = min(
            beside,
            key=lambda row: min(max(other.left - word.right, word.left - other.right) for other in row.words),
        )
        row.words.insert(
            next((at for at, other in enumerate(row.words) if other.left > word.left), len(row.words)), word
        )
    return rows


def _overlap(row: Row, place: Rect) -> float:
    bottom = min(word.base for word in row.words)
    top = max(word.base + word.size for word in row.words)
    shared = min(top, place.top) - max(bottom, place.bottom)
    return shared / max(0.1, min(top - bottom, place.top - place.bottom))


def in_columns(rows: list[Row], width: float) -> Iterator[Row]:
    """Yield rows in reading order: as the file has them, but columns of running text that the file mixes one
    after the other.
    """
    pieces = [list(pieces_of(row)) for row in rows]
    mixed = sum(len(parts) > 1 for parts in pieces) + _side_by_side(rows)
    if mixed < _FEWEST_ROWS:
        yield from rows
        return
    top = max(word.base for row in rows for word in row.words) + 1000
    segments = [_segment(piece, top) for parts in pieces for piece in parts]
    parts = parted(segments, width)
    if len(parts) < 2:
        yield from rows
        return
    hyphenated = {id(row.words[-1]) for row in rows if row.hyphenated}
    for part in parts:
        for segment in part:
            yield _row(list(segment.words), hyphenated=id(segment.words[-1]) in hyphenated)


def _row(words: list[Word], *, hyphenated: bool) -> Row:
    """Return a piece of a row as a row; a hyphen at its end was at the end of a line of its column."""
    last = words[-1]
    if len(last.text) > 2 and last.text.endswith("-") and last.text[-2].isalpha():
        words[-1] = replace(last, text=last.text[:-1], heights=last.heights[:-1])
        hyphenated = True
    return Row(words, hyphenated)


def pieces_of(row: Row) -> Iterator[list[Word]]:
    """Yield the words of a row between its wide gaps: the cells of a table, the lines of columns."""
    begun = 0
    for at, (before, word) in enumerate(pairwise(row.words), start=1):
        if word.left - before.right > _GUTTER * max(word.size, before.size):
            yield row.words[begun:at]
            begun = at
    yield row.words[begun:]


def _side_by_side(rows: Sequence[Row]) -> int:
    bases = sorted(row.words[0].base for row in rows)
    return sum(second - first < _NEAR for first, second in pairwise(bases))


def _segment(words: list[Word], top: float) -> LinePiece[Word]:
    base, size = min(word.base for word in words), max(word.size for word in words)
    return LinePiece(
        tuple(words),
        words[0].left,
        top - base - size,
        max(word.right for word in words),
        top - base,
        len(words),
    )
