"""Word files (DOCX): headings, paragraphs, lists, tables and notes, in the order of the page."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.office.docx_lists import ListMarks
from rag.ingest.office.docx_text import Element, blocks, bold_text_of, rows_of, text_of, w
from rag.ingest.parsing.address import name_of
from rag.ingest.plain.sections import Heading, plain_headings, sections_of
from rag.ingest.sources.metadata import Declared, found_title

_HEADING = re.compile(r"(?:heading|titre|überschrift) ?(\d)", re.IGNORECASE)
_TITLES = {"title", "titre"}
_BOLD_LEVEL = 9
_LONGEST_BOLD = 60
_NOTES = ("footnotes", "endnotes")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A paragraph, item or table row; ``level`` is that of a heading, if it is one. ``tight`` pieces follow without a blank line."""

    text: str
    level: int | None = None
    tight: bool = False


class DocxParser:
    """Reads one document from a DOCX file of at most ``most_bytes`` when unpacked."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: the file is damaged, unpacks to more than the limit, or has no text.
        """
        file = name_of(source)
        self._refuse_bomb(stream, file)
        try:
            pieces = [piece for piece in _pieces(docx.Document(stream)) if piece.text]
        except Exception as error:  # a damaged package fails in any of zip, XML and python-docx
            raise ParseError("office_damaged", file=file) from error
        if not pieces:
            raise ParseError("office_without_text", file=file)
        text, headings = _joined(pieces)
        styled = [heading for heading in headings if heading.level < _BOLD_LEVEL]
        title = next((heading.title for heading in styled if heading.level <= 1), "")
        document = Declared("").document(source, text, found_title(title))
        yield replace(document, sections=sections_of(text, styled or plain_headings(text) or headings))

    def _refuse_bomb(self, stream: BinaryIO, file: str) -> None:
        try:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise ParseError("office_damaged", file=file) from None
        if size > self._most_bytes:
            raise ParseError("office_too_large", file=file, size=size // 1_000_000, limit=self._most_bytes // 1_000_000)
        stream.seek(0)


def _pieces(document: WordDocument) -> Iterator[_Piece]:
    numbering = next((part.element for part in _parts(document, "numbering")), None)
    marks = ListMarks(numbering)
    for block in blocks(document.element.body):
        if block.tag == w("tbl"):
            for number, row in enumerate(rows_of(block)):
                yield _Piece(canonical(row), tight=number > 0)
        else:
            yield _paragraph(block, document, marks)
    for part in (part for name in _NOTES for part in _parts(document, name)):
        for note in blocks(parse_xml(part.blob)):
            yield _Piece(canonical(text_of(note)))


def _parts(document: WordDocument, name: str) -> Iterator[Element]:
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{name}"):
            yield relation.target_part


def _paragraph(block: Element, document: WordDocument, marks: ListMarks) -> _Piece:
    text = canonical(text_of(block))
    styles = list(_styles(block, document))
    level = _level(block, styles)
    if not text or level is not None:
        return _Piece(text, level)
    numbered = [properties for element in (block, *styles) if (properties := element.find(f"{w('pPr')}/{w('numPr')}")) is not None]
    if numbered and (mark := marks.mark(numbered[0])):
        return _Piece(mark + text, tight=True)
    is_bold = len(text) <= _LONGEST_BOLD and not text.endswith((".", ",", ";")) and canonical(bold_text_of(block)) == text
    return _Piece(text, _BOLD_LEVEL if is_bold else None)


def _styles(block: Element, document: WordDocument) -> Iterator[Element]:
    """Yield the style of a paragraph and those it is based on."""
    named = block.find(f"{w('pPr')}/{w('pStyle')}")
    style = document.styles.get_by_id(named.get(w("val")), WD_STYLE_TYPE.PARAGRAPH) if named is not None else None
    while style is not None:
        yield style.element
        style = style.base_style


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
            headings.append(Heading(" ".join(piece.text.split()).rstrip(" :"), piece.level, length, length + len(piece.text)))
        parts.append(piece.text if place else piece.text.lstrip())
        length += len(parts[-1])
    return "".join(parts), headings
