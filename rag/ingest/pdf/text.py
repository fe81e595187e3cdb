"""The text layer of a PDF page as lines of words, each with its place on the page as it is shown."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from math import isfinite
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from rag.core.places import Placed
from rag.core.text import canonical
from rag.ingest.parsing.runs import LEVEL
from rag.ingest.pdf.annotations import Laid
from rag.ingest.pdf.file import Frame, Rect
from rag.ingest.pdf.grids import by_row, with_whole_cells
from rag.ingest.pdf.layout import Line
from rag.ingest.pdf.rows import (
    Row,
    Word,
    heights_of,
    in_columns,
    whole,
    with_entered,
    without_struck,
    written,
)
from rag.ingest.pdf.visibility import Visibility

_HYPHEN = 2
_LINE_ENDS = {0, 10, 13}
_SIGNS = str.maketrans(
    {
        "\uf0b7": "•",
        "\uf0a7": "▪",
        "\uf0d8": "•",
        "\uf0fc": "✓",
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "\u00ad": "-",
    }
)
"""Bullets of symbol fonts, and ligatures, as the letters that people search for."""

_COLUMN_GAP = 1.5
_JUMP = 0.7
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_SAMPLE = 40
_LARGEST = 2000.0


def lines_of(
    page: pypdfium2.PdfPage, laid: Laid | None = None, unseen: Callable[[int, int], None] = lambda *_: None
) -> list[Line]:
    """Return the lines of a page in reading order, with what was filled in beside its labels and without what
    is struck out and what nobody sees: of that, ``unseen`` is told how many runs and letters there are.
    """
    text = page.get_textpage()
    try:
        visibility = Visibility(page, text.raw)
        letters = _Letters(text.raw, Frame.of(page), visibility)
        rows = letters.rows(text.count_chars())
        if laid is not None:
            rows = with_entered(without_struck(rows, laid.struck), laid.entered, letters.entered)
        ordered = by_row(list(in_columns(rows, page.get_width())))
        lines = [letters.line(row) for row in with_whole_cells(ordered)]
        unseen(visibility.hidden, visibility.letters)
    finally:
        text.close()
    room_right = page.get_width() - min((line.left for line in lines), default=0.0)
    return [replace(line, room_right=room_right) for line in lines]


def is_invisible(page: pypdfium2.PdfPage) -> bool:
    """Tell whether the text of a page is not drawn: a program that read the picture above it put it there."""
    text = page.get_textpage()
    try:
        count = text.count_chars()
        sample = range(0, count, max(1, count // _SAMPLE))
        modes = [_drawing(text.raw, place) for place in sample]
    finally:
        text.close()
    return bool(modes) and 2 * modes.count(pdfium.FPDF_TEXTRENDERMODE_INVISIBLE) > len(modes)


def _drawing(text: Any, place: int) -> int:
    written = pdfium.FPDFText_GetTextObject(text, place)
    return (
        int(pdfium.FPDFTextObj_GetTextRenderMode(written)) if written else pdfium.FPDF_TEXTRENDERMODE_UNKNOWN
    )


class _Letters:
    """Reads the letters of a page and where they stand."""

    def __init__(self, text: Any, frame: Frame, visibility: Visibility) -> None:
        self._text, self._frame, self._visibility = text, frame, visibility

    def rows(self, count: int) -> list[Row]:
        """Return the words of a page, row by row in the order of the file."""
        codes = [pdfium.FPDFText_GetUnicode(self._text, place) for place in range(count)]
        rows: list[Row] = []
        start = 0
        for place, code in enumerate([*codes, 10]):
            if code in _LINE_ENDS or code == _HYPHEN:
                rows.extend(self._rows_of(codes[start:place], start, code == _HYPHEN))
                start = place + 1
        return whole(rows)

    def _rows_of(self, codes: list[int], start: int, ends_in_hyphen: bool) -> Iterator[Row]:
        """Yield the row that some characters of a page make, or the rows where they jump up or down."""
        letters = "".join(map(_character, codes))
        found = (self._word(*part) for part in self._seen(letters, start))
        words = [word for word in found if word.text]
        begun = 0
        for place, (before, word) in enumerate(pairwise(words), start=1):
            if abs(word.base - before.base) > _JUMP * max(word.size, before.size):
                yield Row(words[begun:place])
                begun = place
        if words:
            yield Row(words[begun:], hyphenated=ends_in_hyphen)

    def _seen(self, letters: str, start: int) -> Iterator[tuple[int, str, list[Rect]]]:
        """Yield the words that a reader sees, each with the place of its first letter and the boxes of
        all.
        """
        for found in re.finditer(r"\S+", letters):
            place, written = start + found.start(), found[0]
            boxes = [self._box(place + offset) for offset in range(len(written))]
            unseen = self._visibility.unseen(place, written, boxes)
            for is_unseen, run in groupby(range(len(written)), key=unseen.__getitem__):
                if not is_unseen:
                    own = list(run)
                    yield place + own[0], written[own[0] : own[-1] + 1], boxes[own[0] : own[-1] + 1]

    def entered(self, text: str, place: Rect, size: float) -> Word:
        """Return what was filled in as a word at its place."""
        width, height = self._frame.width, self._frame.height
        edges = (place.left / width, max(place.left, place.right) / width)
        placed = Placed(text, 1 - place.top / height, 1 - place.bottom / height, edges)
        return Word(text, -1, place.left, place.right, place.bottom, size, placed)

    def _word(self, place: int, written: str, boxes: list[Rect]) -> Word:
        size = pdfium.FPDFText_GetFontSize(self._text, place)
        size = min(size, _LARGEST) if isfinite(size) and size > 0 else 1.0
        placed = self._placed(written, boxes)
        heights = heights_of(boxes) if len(placed.text) == len(boxes) else ()
        level = heights.index(LEVEL) if heights else 0
        return Word(
            placed.text, place, boxes[0].left, boxes[-1].right, boxes[level].bottom, size, placed, heights
        )

    def _placed(self, written: str, boxes: list[Rect]) -> Placed:
        top, bottom = max(box.top for box in boxes), min(box.bottom for box in boxes)
        parts = [char.translate(_SIGNS) for char in written]
        text = canonical("".join(parts))
        edges = [boxes[0].left]
        for part, box in zip(parts, boxes, strict=True):
            edges.extend(
                box.left + (box.right - box.left) * (number + 1) / len(part) for number in range(len(part))
            )
        runs_level = top - bottom < 2 * max(box.top - box.bottom for box in boxes)
        if len(text) + 1 != len(edges) or not runs_level:
            edges = [min(box.left for box in boxes), max(box.right for box in boxes)]
        width, height = self._frame.width, self._frame.height
        rising = accumulate((edge / width for edge in edges), max)
        return Placed(text, 1 - top / height, 1 - bottom / height, tuple(rising))

    def line(self, row: Row) -> Line:
        """Return a row as a line, with wide gaps as three spaces, and raised figures as what they mean."""
        words = row.words
        size = max(
            words, key=lambda word: len(word.text)
        ).size  # a bullet may be of another size than its line
        text, placed = written(words, size, _COLUMN_GAP)
        letters = [word.place for word in words if word.place >= 0]
        return Line(
            text=text,
            left=words[0].left,
            right=words[-1].right,
            base=words[0].base,
            size=round(size, 1),
            word_right=words[0].right,
            room_right=0.0,
            bold=bool(letters) and self._is_bold(letters[0]) and self._is_bold(letters[-1]),
            hyphenated=row.hyphenated,
            words=placed,
        )

    def _box(self, place: int) -> Rect:
        box = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(self._text, place, ctypes.byref(box))
        return self._frame.rect(box.left, box.bottom, box.right, box.top)

    def _is_bold(self, place: int) -> bool:
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(self._text, place, name, len(name), ctypes.byref(flags))
        return pdfium.FPDFText_GetFontWeight(self._text, place) >= _BOLD_WEIGHT or bool(
            _BOLD.search(name.value.decode("latin-1"))
        )


def _character(code: int) -> str:
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
