"""PDF: the text layer of a page where it has one, what Tesseract reads of its picture where it has none.

A page of which nothing could be read is said: silence about it would read as "nothing there".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from rag.core.errors import ParseError
from rag.core.places import Places, pack
from rag.core.protocols import Warn
from rag.core.types import Document, Page, Source
from rag.ingest.office.embedded import read_embedded
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import PartReader
from rag.ingest.pdf.annotations import Laid, laid_on
from rag.ingest.pdf.beside import Beside
from rag.ingest.pdf.file import opened
from rag.ingest.pdf.layout import Layout, Line, lay_out
from rag.ingest.pdf.legible import is_legible
from rag.ingest.pdf.running import without_running_lines
from rag.ingest.pdf.structure import alternative_texts
from rag.ingest.pdf.text import is_invisible, lines_of
from rag.ingest.pdf.view import drawn
from rag.ingest.pictures.ocr import DOTS, LOW_CONFIDENCE, NotRead, ReadPage, Tesseract
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.sources.metadata import Declared, found_title

_LITTLE_TEXT = 60
"""Letters; a scanned page with a stamped header or page number has about as many."""
_SOME_TEXT = 400
_MOST_OF_A_PAGE = 0.5
_POINTS = 72.0


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page. ``confidence`` is None where an author wrote them; ``turn`` is by how much its
    picture was turned to read it.
    """

    lines: Sequence[Line]
    derived: bool = False
    confidence: float | None = None
    turn: float = 0.0


@dataclass(slots=True)
class Unread:
    """Pages (from 1) not read, or not well, by the key of the message that says why; ``tried`` counts those
    that Tesseract was given.
    """

    file: str
    tried: int = 0
    pages: dict[str, list[int]] = field(default_factory=dict)
    reasons: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def note(self, key: str, page: int, reason: Mapping[str, object] | None = None) -> None:
        """Note a page."""
        self.pages.setdefault(key, []).append(page)
        self.reasons.setdefault(key, reason or {})

    def problems(self) -> Iterator[ParseError]:
        """Yield a problem a reason, each naming its pages."""
        for key, numbers in self.pages.items():
            yield ParseError(key, **{**self.reasons[key], "file": self.file, "pages": ranges(numbers)})


class PdfParser:
    """Reads one document from a PDF file. Without ``tesseract``, pages without text are not read.

    ``most_pages`` is the most that a file may have, ``most_read`` the most of them that Tesseract reads;
    ``alive`` is called at every page.
    """

    def __init__(
        self,
        tesseract: Tesseract | None = None,
        most_pages: int = 2000,
        most_read: int = 300,
        alive: Callable[[], None] = lambda: None,
        parts: PartReader | None = None,
    ) -> None:
        self._tesseract, self._most_pages, self._most_read, self._alive = (
            tesseract,
            most_pages,
            most_read,
            alive,
        )
        self._parts = parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the document, then those of attached files; warn of pages without text, and of those that
        were hard to read.

        Raises:
            ParseError: the file is damaged, cut short, locked by a password or of too many pages, or no page
            could be read.
        """
        unread = Unread(name_of(source))
        aside = Aside(unread.file)
        beside = Beside(aside)
        pages = self._pages(stream.read(), unread, beside)
        problems = list(unread.problems())
        has_text = any(page.lines for page in pages)
        if not has_text and not beside.files:
            raise (
                problems[0]
                if problems
                else ParseError("pdf_without_text", file=unread.file, pages=len(pages))
            )
        for problem in problems:
            warn(problem)
        if has_text:
            yield document_of(source, pages, aside)
        yield from read_embedded(beside.files, self._parts, source, aside, warn, is_all=not has_text)
        aside.tell(warn)

    def _pages(self, data: bytes, unread: Unread, beside: Beside) -> list[PageText]:
        with opened(data, unread.file) as document:
            if len(document) > self._most_pages:
                raise ParseError(
                    "pdf_too_many_pages",
                    file=unread.file,
                    pages=len(document),
                    limit=self._most_pages,
                    setting="ingest.max_pages",
                )
            beside.look_at(document)
            return [self._page(document, place, unread, beside) for place in range(len(document))]

    def _page(self, document: pypdfium2.PdfDocument, place: int, unread: Unread, beside: Beside) -> PageText:
        self._alive()
        page, laid = _with_what_was_filled_in(document, place)
        try:
            lines = [
                *lines_of(page, laid, partial(beside.unseen, place + 1)),
                *beside.notes_of(laid, place + 1, alternative_texts(page)),
            ]
            written = "".join(line.text for line in lines)
            legible = is_legible(written)
            if legible and not _looks_scanned(page, written):
                return PageText(lines, derived=is_invisible(page))
            kept = lines if legible else []
            return self._read(page, place + 1, kept, unread)
        finally:
            page.close()

    def _read(self, page: pypdfium2.PdfPage, number: int, lines: Sequence[Line], unread: Unread) -> PageText:
        """Return a page as Tesseract reads its picture, or its few lines where they say more."""
        if self._tesseract is None:
            unread.note("pdf_pages_without_text", number)
            return PageText(lines, derived=is_invisible(page))
        if self._tesseract.problem:
            unread.note(self._tesseract.problem, number, self._tesseract.wanted)
            return PageText(lines, derived=is_invisible(page))
        if unread.tried >= self._most_read:
            unread.note("ocr_too_many", number, {"limit": self._most_read, "setting": "ingest.max_ocr_pages"})
            return PageText(lines, derived=is_invisible(page))
        unread.tried += 1
        picture = drawn(page, DOTS / _POINTS, grey=True)
        try:
            read = self._tesseract.read(picture, _POINTS * picture.width / page.get_width())
        except NotRead as error:
            unread.note(error.key, number, error.reason)
            return PageText(lines, derived=is_invisible(page))
        return _better(lines, read, number, unread)


def _better(lines: Sequence[Line], read: ReadPage, number: int, unread: Unread) -> PageText:
    if _letters(read.lines) <= _letters(lines):
        if not lines:
            unread.note("pdf_pages_blank", number)
        return PageText(lines)
    if read.confidence < LOW_CONFIDENCE:
        unread.note("ocr_unsure", number)
    return PageText(read.lines, derived=True, confidence=read.confidence, turn=read.turn)


def document_of(source: Source, pages: Sequence[PageText], aside: Aside | None = None) -> Document:
    """Return pages as a document, with places, and headers and footers that come again set aside."""
    kept = without_running_lines([page.lines for page in pages])
    if aside is not None:
        aside.characters += sum(len(line.text) for page in pages for line in page.lines)
        for number, (page, lines) in enumerate(zip(pages, kept, strict=True), start=1):
            aside.note("repeated", f"p. {number}", len(page.lines) - len(lines))
    layout = lay_out(kept)
    has_scans = any(page.derived for page in pages)
    headings = layout.headings if layout.headings and not has_scans else plain_headings(layout.text)
    document = Declared("").document(source, layout.text, found_title(layout.title))
    turns = {number: page.turn for number, page in enumerate(pages, start=1) if page.turn}
    return replace(
        document,
        pages=tuple(_numbered(layout, pages)),
        sections=sections_of(layout.text, headings),
        places=pack(Places(layout.words, turns)),
    )


def _numbered(layout: Layout, pages: Sequence[PageText]) -> Iterator[Page]:
    for place, page in zip(layout.pages, pages, strict=True):
        yield replace(place, derived=page.derived, confidence=page.confidence)


def _with_what_was_filled_in(
    document: pypdfium2.PdfDocument, place: int
) -> tuple[pypdfium2.PdfPage, Laid | None]:
    """Return a page whose typed notes and stamps are part of its text, which PDFium leaves out of it
    otherwise, and its fields apart.
    """
    page = document[place]
    if not pdfium.FPDFPage_GetAnnotCount(page.raw):
        return page, None
    laid = laid_on(document, page)
    if pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return page, laid
    page.close()
    return document[place], laid


def _looks_scanned(page: pypdfium2.PdfPage, written: str) -> bool:
    """Tell whether a page's content is not in its text: it has none, or next to none and pictures, or little
    on a picture of a page.
    """
    if not written:
        return True
    if len(written) >= _SOME_TEXT:
        return False
    width, height = page.get_size()
    shares = [
        _area(item.get_bounds()) / (width * height or 1.0)
        for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])
    ]
    return bool(shares) and (len(written) < _LITTLE_TEXT or max(shares) > _MOST_OF_A_PAGE)


def _area(bounds: tuple[float, float, float, float]) -> float:
    left, bottom, right, top = bounds
    return max(0.0, right - left) * max(0.0, top - bottom)


def _letters(lines: Iterable[Line]) -> int:
    return sum(len(line.text.replace(" ", "")) for line in lines)


def ranges(numbers: Sequence[int]) -> str:
    """Return page numbers in short: ``1, 3-5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
