"""From lines with their place on a page to running text: wrapped lines joined, paragraphs, headings and table
rows kept apart.

A line goes on in the next one when the next one's first word would not have fit on it: then the writer broke
the line, not the author. Nothing here depends on the library that reads the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.core.places import Placed, WordPlace
from rag.core.text import canonical
from rag.core.types import Page
from rag.ingest.plain.sections import Heading

_ITEM = re.compile(r"(?:[-•*–▪◦·‣➢✓]|\d{1,2}[.)]|[a-z]\)|\(\d{1,2}\))\s")
_COLUMNS = re.compile(r"\S {3,}\S")
_KEPT_HYPHEN = re.compile(
    r"(?:^|[^\w])(?:sous|post|non|demi|mi|ex|semi|quasi|avant|arrière|après|anti|self|low|high|well|long|short|follow|rh|rhésus|gram|ag|ac)$"
    r"|\d$",
    re.IGNORECASE,
)
"""Beginnings of compound words, and what a minus may follow: ``Rh-`` at the end of a line must not lose it.
"""

_SIGLUM = re.compile(r"\w*[A-ZÀ-Ý]\w*[A-ZÀ-Ý]\w*$|\b[a-z]+[A-Z]\w*$")
_LONGEST_WORD = 60
_OPEN_END = re.compile(r"[^.!?:;]$")
_LARGER = 1.12
_SAME_SIZE = 0.06
_LOOSE_PITCH = 1.15
_SAME_ROW = 0.5
_WIDE_GAP = 1.5
_TALLEST_ROW = 3.0
_WIDEST_PITCH = 2.5
_SPACE = 0.25
_LONGEST_TITLE = 120
_ENOUGH_LINES = 4
_LETTERED = re.compile(r"(?:\d[\d.]*[.)]?\s+)?[^\W\d_].*[^\W\d_]")
_ADDRESS = re.compile(r"://|www\.|@")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. Places are in points from the lower left corner.

    ``word_right`` is where its first word ends, ``room_right`` where the page's text may end, as far as its
    left margin tells. ``hyphenated`` says that the line ended in a hyphen, which is not in ``text``.
    ``words`` say where its words stand.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    word_right: float
    room_right: float
    bold: bool = False
    hyphenated: bool = False
    words: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The text of a whole document with its pages and headings, offsets in canonical text.

    ``title`` is the first of the largest headings, empty where none is larger than the text; ``words`` are in
    the order of the text.
    """

    text: str
    title: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...]
    words: tuple[WordPlace, ...] = ()


def lay_out(pages: Sequence[Sequence[Line]]) -> Layout:
    """Join the lines of all pages into one text."""
    flow = _GrowingText([line for page in pages for line in page])
    for number, page in enumerate(pages, start=1):
        flow.add_page(number, page)
    return Layout(
        "".join(flow.parts), flow.title(), tuple(flow.pages), tuple(flow.headings), tuple(flow.words)
    )


class _GrowingText:
    """Grows the text line by line."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes = Counter[float]()
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        self._body = sizes.most_common(1)[0][0] if sizes else 0.0
        ranked = sorted((size for size in sizes if size > self._body * _LARGER), reverse=True)
        self._levels = {size: level for level, size in enumerate(ranked, start=1)}
        self._pitch = _usual_pitch(lines)
        self.parts: list[str] = []
        self.pages: list[Page] = []
        self.headings: list[Heading] = []
        self.words: list[WordPlace] = []
        self._length = 0
        self._last: Line | None = None

    def add_page(self, number: int, lines: Sequence[Line]) -> None:
        kept = [(line, text) for line in lines if (text := canonical(line.text).replace("\n", " "))]
        right = _Margins([line for line, _ in kept])
        start = None
        for place, (line, text) in enumerate(kept):
            glue = self._glue_pages(line) if place == 0 else self._glue(kept[place - 1][0], line, right)
            self._append(glue)
            start = self._length if start is None else start
            self._note_heading(line, text, glue)
            self._note_words(number, line, text)
            self._append(text)
            self._last = line
        self.pages.append(Page(number, self._length if start is None else start, self._length))

    def title(self) -> str:
        """Return the first heading of the largest size."""
        return (
            next((heading.title for heading in self.headings if heading.level == 1), "")
            if self._levels
            else ""
        )

    def _append(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self._length += len(text)

    def _note_words(self, page: int, line: Line, text: str) -> None:
        at = 0
        for word in line.words:
            found = text.find(word.text, at)
            if found != -1:
                self.words.append(word.at(self._length + found, page))
                at = found + len(word.text)

    def _glue_pages(self, line: Line) -> str:
        if self._last is None:
            return ""
        goes_on = (
            _OPEN_END.search(self._last.text.rstrip())
            and line.text[:1].islower()
            and not self._level(self._last)
        )
        if not goes_on:
            return "-\n\n" if self._last.hyphenated else "\n\n"
        return _hyphen_glue(self._last) if self._last.hyphenated else "\n"

    def _glue(self, above: Line, line: Line, right: _Margins) -> str:
        fall = above.base - line.base
        if abs(fall) < _SAME_ROW * line.size and line.left >= above.right and not above.hyphenated:
            return "   " if line.left - above.right > _WIDE_GAP * line.size else " "
        new_block = (
            abs(above.size - line.size) > _SAME_SIZE * above.size
            or not 0 < fall <= _LOOSE_PITCH * self._pitch * above.size
        )
        goes_on = line.text[:1].islower() and bool(_OPEN_END.search(above.text.rstrip()))
        if above.hyphenated and (not new_block or goes_on):
            return _hyphen_glue(above) if line.text[:1].islower() else "-"
        end = "-" if above.hyphenated else ""
        are_rows = bool(_COLUMNS.search(above.text) and _COLUMNS.search(line.text))
        if are_rows and 0 < fall < _TALLEST_ROW * above.size:
            return f"{end}\n"
        if new_block:
            # A sentence that goes on at the top of the next column, or below in a list that is set wide.
            same_sentence = (
                goes_on
                and above.size == line.size
                and fall < _WIDEST_PITCH * line.size
                and not self._level(above)
            )
            return f"{end} " if same_sentence else f"{end}\n\n"
        if (
            _ITEM.match(line.text)
            or _COLUMNS.search(above.text)
            or _COLUMNS.search(line.text)
            or above.bold != line.bold
        ):
            return f"{end}\n"
        if line.left > above.left + line.size and not _ITEM.match(above.text):
            return f"{end}\n"
        fits = above.right + _SPACE * above.size + (line.word_right - line.left) <= right.of(above)
        return f"{end}\n" if fits and not goes_on else f"{end} "

    def _level(self, line: Line) -> int:
        """Return the level of a heading, 0 where the line is none."""
        if (
            len(line.text) > _LONGEST_TITLE
            or not _LETTERED.match(line.text)
            or _COLUMNS.search(line.text)
            or _ADDRESS.search(line.text)
        ):
            return 0
        if level := self._levels.get(round(line.size, 1)):
            return level
        is_short = (
            line.bold
            and len(line.text) <= _LONGEST_TITLE // 2
            and not line.text.rstrip().endswith((".", ",", ";"))
        )
        return len(self._levels) + 1 if is_short else 0

    def _note_heading(self, line: Line, text: str, glue: str) -> None:
        level = self._level(line)
        if not level:
            return
        last = self.headings[-1] if self.headings else None
        end = self._length + len(text)
        if (
            last
            and last.level == level
            and last.end + len(glue) == self._length
            and not glue.startswith("\n\n")
        ):
            self.headings[-1] = Heading(f"{last.title} {text}".rstrip(" :"), level, last.start, end)
        else:
            self.headings.append(Heading(text.rstrip(" :"), level, self._length, end))


class _Margins:
    """Where lines of a page end at the latest, by where they begin and their size: columns have margins of
    their own.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def of(self, line: Line) -> float:
        """Return the right edge that nine in ten of the like lines stay within, that of the page where there
        are few of them.
        """
        like = [
            other
            for other in self._lines
            if abs(other.left - line.left) < 2 * line.size and abs(other.size - line.size) < 0.5
        ]
        if len(like) < _ENOUGH_LINES:
            return max(line.right, line.room_right)
        edges = sorted(other.right for other in like)
        return max(line.right, edges[int(0.9 * (len(edges) - 1))]) - 0.02 * line.size


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the commonest distance between base lines as a multiple of the size."""
    pitches = Counter[float]()
    for above, line in pairwise(lines):
        if line.size and abs(above.size - line.size) < 0.1 and above.base > line.base:
            pitches[round((above.base - line.base) / line.size, 2)] += 1
    usual = [(count, -pitch) for pitch, count in pitches.items() if pitch < 3]
    return -max(usual)[1] if usual else 1.3


def _hyphen_glue(line: Line) -> str:
    return "-" if _KEPT_HYPHEN.search(line.text) or _SIGLUM.search(line.text[-_LONGEST_WORD:]) else ""
