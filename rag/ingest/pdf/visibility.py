"""Tells the letters of a PDF page that a reader sees from those that nobody does: white on white, covered,
beyond the page, too small, or not drawn at all.

What counts is the page as it is drawn: letters are seen where their place has ink. So the text that a program
laid invisibly over a scanned page stands, where a picture of a page lies under it and shows something there.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pypdfium2
import pypdfium2.raw as pdfium

from rag.ingest.pdf.file import Rect
from rag.ingest.pdf.view import drawn

if TYPE_CHECKING:
    from PIL.Image import Image

_SCALE = 1.5
"""Pixels a point: print of 5 points still leaves marks."""
_LEAST_CONTRAST = 16
"""Of 255 grey levels between the lightest and the darkest point of a place: white on white has none, JPEG
noise up to about 10, the palest print on purpose some 30.
"""
_SMALLEST = 2.0
_WHITE, _LIGHT = 240, 230
_PICTURE_SHARE = 0.5
_FILLED = (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP)
_UNDRAWN = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)

Manner = tuple[int, int]
"""How letters are drawn: render mode, and lightness of the fill (0 to 255; -1 where none is told)."""


@dataclass(slots=True)
class Visibility:
    """Judges the letters of one page; ``hidden`` counts the runs of letters that nobody sees."""

    page: pypdfium2.PdfPage
    text: Any
    hidden: int = 0
    letters: int = 0
    _manners: dict[int, Manner] = field(default_factory=dict)
    _drawing: _Drawing = field(init=False)

    def __post_init__(self) -> None:
        self._drawing = _Drawing(self.page)

    def unseen(self, place: int, written: str, boxes: Sequence[Rect]) -> list[bool]:
        """Tell of each letter of a word whether nobody sees it; ``place`` is that of the first."""
        if not any(letter.isalnum() for letter in written):
            return [False] * len(written)
        found: list[bool] = []
        manners = [self._manner(place + offset) for offset in range(len(written))]
        for manner, run in groupby(zip(manners, boxes, strict=True), key=lambda pair: pair[0]):
            own = [box for _, box in run]
            is_hidden = not self._is_seen(manner, own)
            found.extend([is_hidden] * len(own))
            if is_hidden:
                self.hidden += 1
                self.letters += len(own)
        return found

    def _is_seen(self, manner: Manner, boxes: Sequence[Rect]) -> bool:
        if max(max(box.top - box.bottom, box.right - box.left) for box in boxes) < _SMALLEST:
            return False
        mode, light = manner
        if mode in _UNDRAWN:
            return self._drawing.is_over_picture(boxes)
        return self._drawing.has_ink(boxes, light if mode in _FILLED else -1)

    def _manner(self, place: int) -> Manner:
        """Return how a letter is drawn: the same for all of its text object."""
        written = pdfium.FPDFText_GetTextObject(self.text, place)
        if not written:
            return pdfium.FPDF_TEXTRENDERMODE_UNKNOWN, -1
        address = ctypes.cast(written, ctypes.c_void_p).value or 0
        if address not in self._manners:
            self._manners[address] = self._looked_up(written, place)
        return self._manners[address]

    def _looked_up(self, written: Any, place: int) -> Manner:
        mode = int(pdfium.FPDFTextObj_GetTextRenderMode(written))
        colours = [ctypes.c_uint() for _ in range(4)]
        told = pdfium.FPDFText_GetFillColor(self.text, place, *map(ctypes.byref, colours))
        red, green, blue, _ = (colour.value for colour in colours)
        return mode, (299 * red + 587 * green + 114 * blue) // 1000 if told else -1


class _Drawing:
    """The page as it is drawn, once it is asked for."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._page = page

    @cached_property
    def _picture(self) -> Image:
        return drawn(self._page, _SCALE, grey=True)

    @cached_property
    def _pictures(self) -> list[tuple[float, float, float, float]]:
        """Bounds of the pictures of the page, where they make up most of it; else none."""
        width, height = self._page.get_size()
        bounds = [item.get_bounds() for item in self._page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])]
        share = sum(max(0.0, b[2] - b[0]) * max(0.0, b[3] - b[1]) for b in bounds)
        return bounds if share >= _PICTURE_SHARE * width * height else []

    @cached_property
    def _is_blank(self) -> bool:
        """Tell whether pictures are there but nothing of them could be drawn."""
        levels = [level for level, count in enumerate(self._picture.histogram()) if count]
        return levels[-1] - levels[0] < _LEAST_CONTRAST and any(
            not pdfium.FPDFImageObj_GetBitmap(item.raw)
            for item in self._page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])
        )

    def is_over_picture(self, boxes: Sequence[Rect]) -> bool:
        """Tell whether letters that are not drawn lie on the picture of a page that shows something there."""
        return bool(self._pictures) and (self.has_ink(boxes, -1) or self._is_blank)

    def has_ink(self, boxes: Sequence[Rect], light: int) -> bool:
        """Tell whether something is to be seen where letters stand; letters filled as ``light`` as white must
        stand on something darker.
        """
        pieces = list(self._places(boxes))
        if not pieces:
            return False
        piece = self._picture.crop(
            (
                min(p[0] for p in pieces),
                min(p[1] for p in pieces),
                max(p[2] for p in pieces),
                max(p[3] for p in pieces),
            )
        )
        counts = piece.histogram()
        levels = [level for level, count in enumerate(counts) if count]
        if levels[-1] - levels[0] < _LEAST_CONTRAST:
            return False
        return light < _WHITE or sum(counts[:_LIGHT]) > sum(counts[_LIGHT:]) // 2

    def _places(self, boxes: Sequence[Rect]) -> Iterator[tuple[int, int, int, int]]:
        """Yield the letters' places in the picture, as far as they lie in it."""
        width, height = self._picture.size
        scale = width / max(1.0, self._page.get_width())
        for box in boxes:
            left, right = int(box.left * scale), int(box.right * scale) + 1
            top, bottom = int(height - box.top * scale), int(height - box.bottom * scale) + 1
            if left < width and right > 0 and top < height and bottom > 0:
                yield max(0, left), max(0, top), min(width, right), min(height, bottom)
