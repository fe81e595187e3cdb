"""Shows documents as they look: a page with a quote marked on it, a picture under a window.

It knows nothing of callers: whoever calls has checked that the document may be read. Pictures are drawn anew
each time from the stored copy of the source, so nothing of an erased document can be shown.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.core.errors import NotFound
from rag.core.pictures import ImageInfo, Window
from rag.core.places import Box, Places, unpack
from rag.ingest.parsing.media import DICOM, PDF
from rag.ingest.pictures.view import PICTURES, frame_picture, picture_info
from rag.store.documents import DocumentStore
from rag.store.sources import SourceStore

if TYPE_CHECKING:
    from PIL.Image import Image

SCALE = 1.5
"""Pixels a point: 108 dots an inch."""

_MOST_SCALE = 6.0
_MARKER = (255, 214, 0, 96)
_EDGE = (200, 120, 0, 255)
_MARGIN = 0.0015


@dataclass(frozen=True, slots=True)
class _File:
    """The bytes that a document is shown from."""

    media_type: str
    data: bytes
    places: Places

    @property
    def is_paged(self) -> bool:
        """Tell whether it has pages: a PDF, or a picture that was read as one."""
        return self.media_type == PDF or (self.media_type in PICTURES and bool(self.places.words))


class Views:
    """Pages and pictures of the documents of one home."""

    def __init__(self, store: DocumentStore, sources: SourceStore) -> None:
        self._store, self._sources = store, sources

    def page_count(self, doc_id: str) -> int:
        """Return how many pages a document can be shown as; 0 where it has none.

        Raises:
            NotFound: there is no such document.
        """
        file = self._file(doc_id)
        if file is None or not file.is_paged:
            return 0
        if file.media_type != PDF:
            return picture_info(file.data, doc_id).frames
        from rag.ingest.pdf.view import count_pages

        return count_pages(file.data, doc_id)

    def page_boxes(self, doc_id: str, page: int, start: int, end: int) -> tuple[Box, ...]:
        """Return what covers ``[start:end)`` of the canonical text on a page (from 1), a box a line, in
        fractions of the page as shown.

        Empty where no part of it stands on this page.

        Raises:
            NotFound: there is no such document, or it has no pages to show.
        """
        return _on_page(self._paged(doc_id).places, page, start, end)

    def page_png(
        self, doc_id: str, page: int, start: int | None = None, end: int | None = None, scale: float = SCALE
    ) -> bytes:
        """Return a page (from 1) as PNG, ``scale`` pixels a point, with ``[start:end)`` of the canonical text
        marked on it.

        Raises:
            NotFound: there is no such document or page, or it has no pages to show.
        """
        file = self._paged(doc_id)
        picture = self._page(file, doc_id, page, min(scale, _MOST_SCALE))
        if start is not None and end is not None:
            picture = _marked(picture, _on_page(file.places, page, start, end))
        return png(picture)

    def image_info(self, doc_id: str) -> ImageInfo:
        """Return how many frames a document's picture has, its size and its windows.

        Raises:
            NotFound: there is no such document, or it is no picture.
            ParseError: its pixels cannot be read.
        """
        file = self._picture(doc_id)
        if file.media_type == DICOM:
            from rag.ingest.dicom.view import dicom_info

            return dicom_info(file.data, doc_id)
        return picture_info(file.data, doc_id)

    def image_png(
        self, doc_id: str, frame: int = 0, window: Window | None = None, longest: int | None = None
    ) -> bytes:
        """Return a frame (from 0) of a document's picture as PNG, under a window or its own; a window is for
        DICOM in grey alone. ``longest`` makes it small: so many pixels on its longer side at most.

        Raises:
            NotFound: there is no such document or frame, or it is no picture.
            ParseError: its pixels cannot be read.
        """
        file = self._picture(doc_id)
        if file.media_type == DICOM:
            from rag.ingest.dicom.view import dicom_picture

            picture = dicom_picture(file.data, doc_id, frame, window, longest)
        else:
            picture = frame_picture(file.data, doc_id, frame)
        if longest is not None and max(picture.size) > longest:
            picture.thumbnail((longest, longest))
        return png(picture)

    def _picture(self, doc_id: str) -> _File:
        file = self._file(doc_id)
        if file is None or file.media_type not in (*PICTURES, DICOM):
            raise NotFound("document_without_picture", doc_id=doc_id)
        return file

    def _page(self, file: _File, doc_id: str, page: int, scale: float) -> Image:
        picture = (
            _page_of_picture(file.data, doc_id, page, scale)
            if file.media_type != PDF
            else _page_of_pdf(file.data, doc_id, page, scale)
        )
        turn = file.places.turns.get(page, 0.0)
        return picture.rotate(turn, expand=True, fillcolor="white") if turn else picture

    def _paged(self, doc_id: str) -> _File:
        file = self._file(doc_id)
        if file is None or not file.is_paged:
            raise NotFound("document_without_pages", doc_id=doc_id)
        return file

    def _file(self, doc_id: str) -> _File | None:
        found = self._store.rendition(doc_id)
        if found is None:
            raise NotFound("document_not_found", doc_id=doc_id)
        if found.original is not None:
            return _File(found.original.media_type, found.original.data, unpack(found.places))
        if found.blob is None:
            return None
        with self._sources.open(found.blob) as stream:
            return _File(found.media_type, stream.read(), unpack(found.places))


def _page_of_pdf(data: bytes, doc_id: str, page: int, scale: float) -> Image:
    from rag.ingest.pdf.view import page_picture

    return page_picture(data, page, doc_id, scale)


def _page_of_picture(data: bytes, doc_id: str, page: int, scale: float) -> Image:
    """Return a frame as a page of 11 inches on its longer side, never larger than it is."""
    frames = picture_info(data, doc_id).frames
    if not 1 <= page <= frames:
        raise NotFound("page_unknown", page=page, pages=frames, doc_id=doc_id)
    picture = frame_picture(data, doc_id, page - 1).convert("RGB")
    longest = round(11 * 72 * scale)
    if max(picture.size) > longest:
        picture.thumbnail((longest, longest))
    return picture


def _on_page(places: Places, page: int, start: int, end: int) -> tuple[Box, ...]:
    return tuple(box for box in places.boxes(start, end) if box.page == page)


def _marked(picture: Image, boxes: Sequence[Box]) -> Image:
    """Return the picture with boxes as a highlighter leaves them: the ink stays dark, the paper takes the
    colour.
    """
    from PIL import Image, ImageDraw

    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    width, height = picture.size
    for box in boxes:
        margin = _MARGIN * width
        corners = (
            box.left * width - margin,
            box.top * height,
            box.right * width + margin,
            box.bottom * height,
        )
        pen.rectangle(corners, fill=_MARKER)
        pen.line(
            (corners[0], corners[3], corners[2], corners[3]), fill=_EDGE, width=max(1, round(width / 700))
        )
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def png(picture: Image) -> bytes:
    """Return a picture as PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=3)
    return out.getvalue()
