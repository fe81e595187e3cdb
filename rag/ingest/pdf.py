"""PDF with a text layer. What has none is said: such a page needs OCR, and silence about it would read as "nothing there"."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import ParseError
from rag.ingest.metadata import Declared, found_title
from rag.ingest.pdf_layout import Line, lay_out
from rag.ingest.plain import name_of
from rag.ingest.sections import plain_headings, sections_of
from rag.protocols import Warn
from rag.types import Document, Source

_ONE_AT_A_TIME = Lock()
"""PDFium is not made for several threads."""

_TAIL = 16_384
_PASSWORD = 4
_HYPHEN = 2
_LINE_ENDS = {0, 10, 13}
_SIGNS = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "•", "\uf0fc": "✓", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "-"}
)
"""Bullets of symbol fonts, and ligatures, as the letters that people search for."""

_UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd]")
_MOST_UNREADABLE = 0.2
_COLUMN_GAP = 1.5
_JUMP = 0.7
_LITTLE_TEXT = 60
"""Letters; a scanned page with a stamped header or page number has about as many."""

_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page. ``is_scan`` says that its content is not in them: it has none, or a picture and next to no text."""

    lines: list[Line]
    is_scan: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a page, the place of its first letter among the page's, and where it stands."""

    text: str
    place: int
    left: float
    right: float
    base: float
    size: float


class PdfParser:
    """Reads one document from a PDF file."""

    name = "pdf/1"

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
        yield replace(document, pages=layout.pages, sections=sections_of(layout.text, headings))


def _pages(data: bytes, file: str) -> list[_Page]:
    if b"%%EOF" not in data[-_TAIL:]:
        raise ParseError("pdf_cut_short", file=file)  # PDFium would mend it and lose the pages that are missing without a word
    with _ONE_AT_A_TIME:
        try:
            with pypdfium2.PdfDocument(data) as document:
                document.init_forms()
                return [_page(_with_what_was_filled_in(document, place)) for place in range(len(document))]
        except pypdfium2.PdfiumError as error:
            raise ParseError("pdf_password" if error.err_code == _PASSWORD else "pdf_damaged", file=file) from None


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
    lines = _lines(page)
    has_little = sum(len(line.text) for line in lines) < _LITTLE_TEXT
    is_scan = not lines or (has_little and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])))
    page.close()
    return _Page(lines, is_scan)


def _lines(page: pypdfium2.PdfPage) -> list[Line]:
    text = page.get_textpage()
    page_width = page.get_width()
    try:
        codes = [pdfium.FPDFText_GetUnicode(text.raw, place) for place in range(text.count_chars())]
        lines: list[Line] = []
        start = 0
        for place, code in enumerate([*codes, 10]):
            if code in _LINE_ENDS or code == _HYPHEN:
                lines.extend(_lines_of(text.raw, codes[start:place], start, code == _HYPHEN))
                start = place + 1
    finally:
        text.close()
    room_right = page_width - min((line.left for line in lines), default=0.0)
    lines = [replace(line, room_right=room_right) for line in lines]
    written = "".join(line.text for line in lines)
    return [] if len(_UNREADABLE.findall(written)) > _MOST_UNREADABLE * len(written) else lines


def _lines_of(text: Any, codes: list[int], start: int, ends_in_hyphen: bool) -> Iterator[Line]:
    """Yield the line that some characters of a page make, or the lines where they jump up or down."""
    letters = "".join(map(_character, codes))
    words = [_word(text, start + found.start(), found[0]) for found in re.finditer(r"\S+", letters)]
    begun = 0
    for place, (before, word) in enumerate(pairwise(words), start=1):
        if abs(word.base - before.base) > _JUMP * max(word.size, before.size):
            yield _line(text, words[begun:place], hyphenated=False)
            begun = place
    if words:
        yield _line(text, words[begun:], hyphenated=ends_in_hyphen)


def _word(text: Any, place: int, written: str) -> _Word:
    first, last = _box(text, place), _box(text, place + len(written) - 1)
    return _Word(written, place, first.left, last.right, first.bottom, pdfium.FPDFText_GetFontSize(text, place) or 1.0)


def _line(text: Any, words: list[_Word], *, hyphenated: bool) -> Line:
    """Return words as a line, with wide gaps as three spaces."""
    size = max(words, key=lambda word: len(word.text)).size  # a bullet may be of another size than its line
    gaps = ["", *("   " if word.left - before.right > _COLUMN_GAP * size else " " for before, word in pairwise(words))]
    return Line(
        text="".join(gap + word.text for gap, word in zip(gaps, words, strict=True)).translate(_SIGNS),
        left=words[0].left,
        right=words[-1].right,
        base=words[0].base,
        size=round(size, 1),
        word_right=words[0].right,
        room_right=0.0,
        bold=_is_bold(text, words[0].place) and _is_bold(text, words[-1].place),
        hyphenated=hyphenated,
    )


def _character(code: int) -> str:
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def _box(text: Any, place: int) -> Any:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, place, ctypes.byref(box))
    return box


def _is_bold(text: Any, place: int) -> bool:
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, place, name, len(name), ctypes.byref(flags))
    return pdfium.FPDFText_GetFontWeight(text, place) >= _BOLD_WEIGHT or bool(_BOLD.search(name.value.decode("latin-1")))


def _ranges(numbers: list[int]) -> str:
    """Return page numbers in short: ``1, 3-5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
