"""Opens a PDF with PDFium, for one thread at a time, and says in our words why one cannot be read."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from threading import RLock

import pypdfium2
import pypdfium2.raw as pdfium

from rag.core.errors import ParseError

_ONE_AT_A_TIME = RLock()
"""PDFium is not made for several threads."""

_TAIL = 16_384
_PASSWORD = 4
_GRID = 1_000_000
_FAR = 1e5


@contextmanager
def opened(data: bytes, file: str) -> Iterator[pypdfium2.PdfDocument]:
    """Give an open PDF, with its form fields; no other thread has one until the block ends.

    Raises:
        ParseError: it is damaged, cut short or locked by a password.
    """
    if b"%%EOF" not in data[-_TAIL:]:
        raise ParseError(
            "pdf_cut_short", file=file
        )  # PDFium would mend it and lose the pages that are missing without a word
    with _ONE_AT_A_TIME:
        try:
            with pypdfium2.PdfDocument(data) as document:
                document.init_forms()
                yield document
        except pypdfium2.PdfiumError as error:
            raise ParseError(
                "pdf_password" if error.err_code == _PASSWORD else "pdf_damaged", file=file
            ) from None


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle on a page as it is shown, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Frame:
    """How the coordinates of a page become those of the page as it is shown: turned, cropped, from its lower
    left corner.
    """

    width: float
    height: float
    origin: tuple[float, float]
    along_x: tuple[float, float]
    along_y: tuple[float, float]

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Frame:
        """Return the frame of a page."""
        width, height = page.get_size()
        zero, x, y = (
            _shown(page, point, width, height) for point in ((0.0, 0.0), (1000.0, 0.0), (0.0, 1000.0))
        )
        along_x, along_y = _per_point(zero, x), _per_point(zero, y)
        return cls(width, height, zero, along_x, along_y)

    def rect(self, left: float, bottom: float, right: float, top: float) -> Rect:
        """Return a rectangle of the page as it is shown."""
        first, second = self._point(left, bottom), self._point(right, top)
        return Rect(
            min(first[0], second[0]),
            min(first[1], second[1]),
            max(first[0], second[0]),
            max(first[1], second[1]),
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        shown_x = self.origin[0] + x * self.along_x[0] + y * self.along_y[0]
        shown_y = self.origin[1] + x * self.along_x[1] + y * self.along_y[1]
        return _within(shown_x), _within(shown_y)


def _within(place: float) -> float:
    """Return a place that can be counted with: damaged fonts give letters that stand nowhere, or far beyond
    any page.
    """
    return min(_FAR, max(-_FAR, place)) if isfinite(place) else 0.0


def _shown(
    page: pypdfium2.PdfPage, point: tuple[float, float], width: float, height: float
) -> tuple[float, float]:
    x, y = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, *point, ctypes.byref(x), ctypes.byref(y))
    return x.value * width / _GRID, height - y.value * height / _GRID


def _per_point(zero: tuple[float, float], thousand: tuple[float, float]) -> tuple[float, float]:
    return (thousand[0] - zero[0]) / 1000, (thousand[1] - zero[1]) / 1000
