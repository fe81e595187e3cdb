"""From the words that Tesseract found in a picture to the lines of a page.

Tesseract reads the columns of a table one after the other, which parts a result from its name: rows are put
together again here, except for columns of running text.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rag.core.places import Placed
from rag.core.text import canonical
from rag.ingest.pdf.columns import LinePiece, in_reading_order
from rag.ingest.pdf.layout import Line

_WORD = "5"
_NOISE = 0.4
_TELLING = 3
_LARGER = 1.45
_COLUMN_GAP = 1.2
_BELOW_THE_LINE = set("gjpqyçQJ,;()[]{}|/@µ")
_DEPTH = 0.22
_RULES = set("|_-—–=~'`.·:,;\\/[]{}<>«»°*^\"‘’“”")


@dataclass(frozen=True, slots=True)
class Read:
    """A word that was read, with how surely (in [0, 1]), its line, and where it stands, in pixels from the
    upper left corner.
    """

    text: str
    confidence: float
    line: tuple[str, str, str]
    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_level(self) -> bool:
        """Tell whether its letters stand side by side, as far as it has enough of them to tell."""
        return len(self.text) < _TELLING or self.right - self.left > self.bottom - self.top


def words_from(table: str) -> tuple[Read, ...]:
    """Return the words of Tesseract's table (TSV), without specks that it took for signs."""
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(word for row in rows if row["level"] == _WORD and (word := _word(row)))


def _word(row: dict[str, str]) -> Read | None:
    text, confidence = canonical(row["text"] or "").replace("\n", " "), float(row["conf"]) / 100
    if not text or (confidence < _NOISE and not set(text) - _RULES):
        return None
    left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
    return Read(
        text,
        max(0.0, confidence),
        (row["block_num"], row["par_num"], row["line_num"]),
        left,
        top,
        left + width,
        top + height,
    )


def lines_from(words: Sequence[Read], width: int, height: int, scale: float) -> Iterator[Line]:
    """Yield the lines of a page of ``width`` × ``height`` pixels in reading order; ``scale`` is points a
    pixel.
    """
    found = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    segments = [segment for line in found for segment in _segments(line)]
    usual = statistics.median(segment.bottom - segment.top for segment in segments) if segments else 0.0
    margin = min((segment.left for segment in segments), default=0.0)
    for row in in_reading_order(segments, width):
        yield _line(
            [word for segment in row for word in segment.words], usual, width, height, scale, width - margin
        )


def _segments(line: list[Read]) -> Iterator[LinePiece[Read]]:
    """Cut a line where it leaves more room than between words."""
    height = statistics.median(word.bottom - word.top for word in line)
    begun = 0
    for place, (before, word) in enumerate(pairwise(line), start=1):
        if word.left - before.right > 2 * height:
            yield _segment(line[begun:place])
            begun = place
    yield _segment(line[begun:])


def _segment(words: Sequence[Read]) -> LinePiece[Read]:
    return LinePiece(
        tuple(words),
        words[0].left,
        min(word.top for word in words),
        words[-1].right,
        max(word.bottom for word in words),
        len(words),
    )


def _line(
    words: Sequence[Read], usual: float, width: int, height: int, scale: float, room_right: float
) -> Line:
    tall = max(_height(words), usual)
    size = tall if tall > _LARGER * usual else usual
    gaps = [
        "",
        *(
            "   " if word.left - before.right > _COLUMN_GAP * size else " "
            for before, word in pairwise(words)
        ),
    ]
    return Line(
        text="".join(gap + word.text for gap, word in zip(gaps, words, strict=True)),
        left=words[0].left * scale,
        right=words[-1].right * scale,
        base=(height - _base(words)) * scale,
        size=round(size * scale, 1),
        word_right=words[0].right * scale,
        room_right=room_right * scale,
        words=tuple(_placed(word, _band(words, usual), width, height) for word in words),
    )


def _height(words: Iterable[Read]) -> float:
    return statistics.median(word.bottom - word.top for word in words)


def _base(words: Sequence[Read]) -> float:
    """Return where the letters stand: below the words without a tail, else a little above where the others
    end.
    """
    level = [word.bottom for word in words if not set(word.text) & _BELOW_THE_LINE]
    return (
        statistics.median(level)
        if level
        else statistics.median(word.bottom - _DEPTH * (word.bottom - word.top) for word in words)
    )


def _band(words: Sequence[Read], usual: float) -> tuple[int, int]:
    """Return where a line begins and ends, so that a dash is marked as high as the words beside it; specks
    and rules do not count.
    """
    usual_words = [word for word in words if 0.4 * usual <= word.bottom - word.top <= 1.8 * usual] or list(
        words
    )
    return min(word.top for word in usual_words), max(word.bottom for word in usual_words)


def _placed(word: Read, band: tuple[int, int], width: int, height: int) -> Placed:
    top, bottom = band if word.bottom - word.top < band[1] - band[0] else (word.top, word.bottom)
    return Placed(word.text, top / height, bottom / height, (word.left / width, word.right / width))
