"""Draws pages of a PDF as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2

from rag.core.errors import NotFound
from rag.ingest.pdf.file import opened

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 25_000_000
"""Pixels of one picture: a poster of a page is drawn smaller than asked for."""
_LEAST_PIXELS = 96
"""Pixels on the shorter side of what may be a figure."""


def drawn(page: pypdfium2.PdfPage, scale: float, *, grey: bool = False) -> Image:
    """Return an open page as a picture, ``scale`` pixels a point, with its form fields and notes; in RGB, or
    in grey.
    """
    width, height = page.get_size()
    fitting = (MOST_PIXELS / max(1.0, width * height)) ** 0.5
    picture: Image = page.render(scale=min(scale, fitting), grayscale=grey).to_pil()
    return picture.convert("L" if grey else "RGB")


def page_picture(data: bytes, page: int, file: str, scale: float) -> Image:
    """Return a page (from 1) as an RGB picture, ``scale`` pixels a point.

    Raises:
        NotFound: there is no such page.
        ParseError: the file cannot be read.
    """
    with opened(data, file) as document:
        if not 1 <= page <= len(document):
            raise NotFound("page_unknown", page=page, pages=len(document), doc_id=file)
        sheet = document[page - 1]
        try:
            return drawn(sheet, scale)
        finally:
            sheet.close()


def count_pages(data: bytes, file: str) -> int:
    """Return how many pages a PDF has."""
    with opened(data, file) as document:
        return len(document)


def pictures_on(data: bytes, page: int, file: str) -> list[Image]:
    """Return the pictures that stand on a page (from 1), the largest first; those of a few pixels (rules,
    logos) and those that cannot be decoded are left out.
    """
    found: list[Image] = []
    with opened(data, file) as document:
        if not 1 <= page <= len(document):
            return found
        sheet = document[page - 1]
        try:
            for item in sheet.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
                width, height = item.get_px_size()
                if min(width, height) < _LEAST_PIXELS or width * height > MOST_PIXELS:
                    continue
                try:
                    found.append(item.get_bitmap().to_pil().convert("L"))
                except pypdfium2.PdfiumError:
                    continue
        finally:
            sheet.close()
    return sorted(found, key=lambda picture: -picture.width * picture.height)
