"""Word files (DOCX): headings, paragraphs, lists, tables and notes, in the order of the page."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import docx
from docx.document import Document as WordDocument

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.office.docx.lists import ListMarks
from rag.ingest.office.docx.names import Element, w
from rag.ingest.office.docx.parts import BesideThePages, related, root_of
from rag.ingest.office.docx.styles import Styles
from rag.ingest.office.docx.text import Words, count_letters
from rag.ingest.office.embedded import EmbeddedFile, read_embedded
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import PartReader
from rag.ingest.plain.sections import Heading, plain_headings, sections_of
from rag.ingest.sources.metadata import Declared, found_title

_HEADING = re.compile(r"(?:heading|titre|überschrift) ?(\d)", re.IGNORECASE)
_TITLES = {"title", "titre"}
_BOLD_LEVEL = 9
_LONGEST_BOLD = 60


@dataclass(frozen=True, slots=True)
class _Piece:
    """A paragraph, item or table row; ``level`` is that of a heading, if it is one. ``tight`` pieces follow
    without a blank line.
    """

    text: str
    level: int | None = None
    tight: bool = False


class DocxParser:
    """Reads one document from a DOCX file of at most ``most_bytes`` when unpacked; files inside it go to
    ``parts``.
    """

    def __init__(self, most_bytes: int, parts: PartReader | None = None) -> None:
        self._most_bytes, self._parts = most_bytes, parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the document, then those of files inside it.

        Raises:
            ParseError: the file is damaged, unpacks to more than the limit, or has no text.
        """
        file = name_of(source)
        self._refuse_bomb(stream, file)
        aside = Aside(file)
        try:
            document = docx.Document(stream)
            words = Words(Styles(document.styles.element), aside, "document")
            pieces = [piece for piece in _pieces(document, words) if piece.text]
            inside = list(_inside(document, words, bool(pieces)))
        except Exception as error:  # a damaged package fails in any of zip, XML and python-docx
            raise ParseError("office_damaged", file=file) from error
        if pieces:
            yield _document(source, pieces)
        yield from read_embedded(inside, self._parts, source, aside, warn, is_all=not pieces)
        aside.tell(warn)

    def _refuse_bomb(self, stream: BinaryIO, file: str) -> None:
        try:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise ParseError("office_damaged", file=file) from None
        if size > self._most_bytes:
            raise ParseError(
                "office_too_large", file=file, size=size // 1_000_000, limit=self._most_bytes // 1_000_000
            )
        stream.seek(0)


def _document(source: Source, pieces: list[_Piece]) -> Document:
    text, headings = _joined(pieces)
    styled = [heading for heading in headings if heading.level < _BOLD_LEVEL]
    title = next((heading.title for heading in styled if heading.level <= 1), "")
    document = Declared("").document(source, text, found_title(title))
    return replace(document, sections=sections_of(text, styled or plain_headings(text) or headings))


def _pieces(document: WordDocument, words: Words) -> Iterator[_Piece]:
    words.aside.characters += count_letters(document.element)
    numbering = next((root_of(part) for part in related(document, "numbering")), None)
    marks = ListMarks(numbering)
    for block in words.blocks(document.element.body):
        if block.tag == w("tbl"):
            for number, row in enumerate(words.rows_of(block)):
                yield _Piece(canonical(row), tight=number > 0)
        else:
            yield _paragraph(block, marks, words)
    yield from (_Piece(canonical(line)) for line in BesideThePages(document, words).lines())


def _inside(document: WordDocument, words: Words, has_text: bool) -> Iterator[EmbeddedFile]:
    """Yield the files inside a document: imported chunks, embedded packages; its pictures where it has no
    text, for they may be scans.
    """
    for chunk in words.chunks:
        if (relation := document.part.rels.get(chunk)) is not None and not relation.is_external:
            yield _embedded(relation.target_part)
    for part in related(document, "package"):
        yield _embedded(part)
    for part in related(document, "oleObject"):
        words.aside.note("embedded", part.partname.filename)
    if not has_text:
        yield from (_embedded(part) for part in related(document, "image"))


def _embedded(part: Any) -> EmbeddedFile:
    return EmbeddedFile(part.partname.filename, part.blob, part.content_type)


def _paragraph(block: Element, marks: ListMarks, words: Words) -> _Piece:
    text = canonical(words.text_of(block))
    styles = list(words.styles.chain(block))
    level = _level(block, styles)
    if not text or level is not None:
        return _Piece(text, level)
    numbered = [
        properties
        for element in (block, *styles)
        if (properties := element.find(f"{w('pPr')}/{w('numPr')}")) is not None
    ]
    if numbered and (mark := marks.mark(numbered[0])):
        return _Piece(mark + text, tight=True)
    is_bold = len(text) <= _LONGEST_BOLD and not text.endswith((".", ",", ";")) and words.is_bold(block)
    return _Piece(text, _BOLD_LEVEL if is_bold else None)


def _level(block: Element, styles: list[Element]) -> int | None:
    for style in styles:
        named = style.find(w("name"))
        name = str(named.get(w("val"))) if named is not None else ""
        if name.lower() in _TITLES:
            return 0
        if found := _HEADING.fullmatch(name):
            return int(found[1])
    for element in (block, *styles):
        outline = element.find(f"{w('pPr')}/{w('outlineLvl')}")
        if outline is not None and int(outline.get(w("val"))) < _BOLD_LEVEL - 1:
            return int(outline.get(w("val"))) + 1
    return None


def _joined(pieces: list[_Piece]) -> tuple[str, list[Heading]]:
    parts: list[str] = []
    headings = []
    length = 0
    for place, piece in enumerate(pieces):
        if place:
            parts.append("\n" if piece.tight else "\n\n")
            length += len(parts[-1])
        if piece.level is not None:
            headings.append(
                Heading(
                    " ".join(piece.text.split()).rstrip(" :"), piece.level, length, length + len(piece.text)
                )
            )
        parts.append(piece.text if place else piece.text.lstrip())
        length += len(parts[-1])
    return "".join(parts), headings
