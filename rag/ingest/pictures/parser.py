"""Plain pictures (PNG, JPEG, TIFF…): a scanned page is read by Tesseract; of any other the text is what its
sidecar says of it.

A picture is taken for one of a patient: without a patient it is refused, unless its sidecar says
``literature: true``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.pdf.parser import PageText, document_of, ranges
from rag.ingest.pictures.ocr import DOTS, LOW_CONFIDENCE, NotRead, Tesseract
from rag.ingest.pictures.view import frame_picture, opened_picture
from rag.ingest.sources.intake import Intake
from rag.ingest.sources.placement import sidecar_of

if TYPE_CHECKING:
    from PIL.Image import Image

_FEWEST_WORDS = 12
_SURE = 0.6
_PAGE_INCHES = 11.0
_LEAST_DOTS, _MOST_DOTS = 70.0, 600.0


class PictureParser:
    """Reads one document from a picture. Without ``tesseract`` none is read as a page. ``most_frames`` of a
    TIFF are read.
    """

    def __init__(
        self, tesseract: Tesseract | None, most_frames: int, alive: Callable[[], None] = lambda: None
    ) -> None:
        self._tesseract, self._most_frames, self._alive = tesseract, most_frames, alive

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document; that of a picture without words of its own has no text yet, see ``described``.

        Raises:
            ParseError: the picture is damaged or too large.
        """
        data, file = stream.read(), name_of(source)
        with opened_picture(data, file) as picture:
            frames, size = getattr(picture, "n_frames", 1), picture.size
        first = frame_picture(data, file, 0)  # read whole, so that a damaged picture is known here
        intake = Intake().packed()
        if pages := self._pages(data, first, min(frames, self._most_frames), source, warn):
            yield replace(document_of(source, pages), intake=intake)
            return
        facts = {"columns": str(size[0]), "rows": str(size[1]), "frames": str(frames)}
        yield Document("", source, "image", "", "", "", metadata=facts, intake=intake)

    def _pages(self, data: bytes, first: Image, frames: int, source: Source, warn: Warn) -> list[PageText]:
        """Return a picture's frames as pages, none where its first frame is no page of text or a sidecar
        speaks for it.
        """
        if self._tesseract is None or self._tesseract.problem or _has_sidecar(source):
            return []
        found = [self._page(first)]
        if (
            sum(len(line.text.split()) for line in found[0].lines) < _FEWEST_WORDS
            or (found[0].confidence or 0) < _SURE
        ):
            return []
        found += [self._page(frame_picture(data, name_of(source), number)) for number in range(1, frames)]
        unsure = [
            number for number, page in enumerate(found, start=1) if (page.confidence or 0) < LOW_CONFIDENCE
        ]
        if unsure:
            warn(ParseError("ocr_unsure", file=name_of(source), pages=ranges(unsure)))
        return found

    def _page(self, picture: Image) -> PageText:
        assert self._tesseract is not None
        self._alive()
        dots = min(_MOST_DOTS, max(_LEAST_DOTS, max(picture.size) / _PAGE_INCHES))
        enlarged = picture.convert("L")
        if dots < DOTS / 2:
            enlarged = enlarged.resize(
                (round(picture.width * DOTS / 2 / dots), round(picture.height * DOTS / 2 / dots))
            )
            dots = DOTS / 2
        try:
            read = self._tesseract.read(enlarged, dots)
        except NotRead:
            return PageText(())
        return PageText(read.lines, derived=True, confidence=read.confidence, turn=read.turn)


def _has_sidecar(source: Source) -> bool:
    if "#" in source.uri:
        return False
    return sidecar_of(Path(name_of(source))).exists()
