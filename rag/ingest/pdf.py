"""PDF with a text layer. What has none is said: such a page needs OCR, and silence about it would read as "nothing there"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import ParseError
from rag.ingest.address import name_of
from rag.ingest.metadata import Declared, found_title
from rag.ingest.pdf_file import opened
from rag.ingest.pdf_layout import Line, lay_out
from rag.ingest.pdf_text import lines_of
from rag.ingest.sections import plain_headings, sections_of
from rag.places import Places, pack
from rag.protocols import Warn
from rag.types import Document, Source

_UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd]")
_MOST_UNREADABLE = 0.2
_LITTLE_TEXT = 60
"""Letters; a scanned page with a stamped header or page number has about as many."""


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page. ``is_scan`` says that its content is not in them: it has none, or a picture and next to no text."""

    lines: list[Line]
    is_scan: bool


class PdfParser:
    """Reads one document from a PDF file."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document; warn of pages without text.

        Raises:
            ParseError: the file is damaged, cut short or locked by a password, or no page has text.
        """
        file = name_of(source)
        pages = _pages(stream.read(), file)
        if not any(page.lines for page in pages):
            raise ParseError("pdf_without_text", file=file, pages=len(pages))
        silent = [number for number, page in enumerate(pages, start=1) if page.is_scan]
        if silent:
            warn(ParseError("pdf_pages_without_text", file=file, pages=_ranges(silent)))
        layout = lay_out([page.lines for page in pages])
        headings = layout.headings or plain_headings(layout.text)
        document = Declared("").document(source, layout.text, found_title(layout.title))
        places = pack(Places(layout.words))
        yield replace(document, pages=layout.pages, sections=sections_of(layout.text, headings), places=places)


def _pages(data: bytes, file: str) -> list[_Page]:
    with opened(data, file) as document:
        return [_page(_with_what_was_filled_in(document, place)) for place in range(len(document))]


def _with_what_was_filled_in(document: pypdfium2.PdfDocument, place: int) -> pypdfium2.PdfPage:
    """Return a page whose form fields and typed notes are part of its text: PDFium leaves them out of it otherwise."""
    page = document[place]
    if (
        not pdfium.FPDFPage_GetAnnotCount(page.raw)
        or pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS
    ):
        return page
    page.close()
    return document[place]


def _page(page: pypdfium2.PdfPage) -> _Page:
    lines = lines_of(page)
    written = "".join(line.text for line in lines)
    if len(_UNREADABLE.findall(written)) > _MOST_UNREADABLE * len(written):
        lines = []
    has_little = sum(len(line.text) for line in lines) < _LITTLE_TEXT
    is_scan = not lines or (has_little and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])))
    page.close()
    return _Page(lines, is_scan)


def _ranges(numbers: list[int]) -> str:
    """Return page numbers in short: ``1, 3-5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
