"""OpenDocument text (ODT): headings, paragraphs, lists, tables and notes. Deleted and hidden text and comments are left out."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.xml_tree import Element, parse
from rag.ingest.parsing.xml_tree import name_of as tag_of
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, found_title

_UNSEEN = frozenset("tracked-changes annotation annotation-end hidden-text hidden-paragraph note-citation sequence-decls forms".split())
_BREAKS = {"line-break": "\n", "tab": " ", "soft-page-break": ""}
_MOST_SPACES, _MOST_COLUMNS = 40, 200
_DEEPEST_LIST = 10


class OdtParser:
    """Reads one document from an ODT file of at most ``most_bytes`` when unpacked."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: the file is damaged, locked, unpacks to more than the limit, or has no text.
        """
        file = name_of(source)
        content = self._content(stream, file)
        body = next((element for element in parse(io.BytesIO(content), file).iter() if tag_of(element) == "body"), None)
        writing = _Writing()
        if body is not None:
            writing.blocks(body)
        text, sections = writing.writer.done()
        if not text:
            raise ParseError("office_without_text", file=file)
        title = next((section.path[0] for section in sections), "")
        yield replace(Declared("").document(source, text, found_title(title)), sections=sections or sections_of(text, plain_headings(text)))

    def _content(self, stream: BinaryIO, file: str) -> bytes:
        try:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
                if size > self._most_bytes:
                    limit = self._most_bytes // 1_000_000
                    raise ParseError("office_too_large", file=file, size=size // 1_000_000, limit=limit)
                if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise ParseError("odt_locked", file=file)
                return archive.read("content.xml")
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
            raise ParseError("odt_damaged", file=file) from None


class _Writing:
    """Writes the blocks of a body in their order."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._after: list[Element] = []

    def blocks(self, parent: Element, depth: int = 0) -> None:
        for child in parent:
            name = tag_of(child)
            if name == "h":
                level = child.get(_attribute(child, "outline-level"), "1")
                self.writer.heading(self._text(child), int(level) if level.isdecimal() else 1)
            elif name == "p":
                self.writer.paragraph(self._text(child))
            elif name == "list":
                self._list(child, depth)
            elif name == "table":
                self._table(child)
            elif name and name not in _UNSEEN:
                self.blocks(child, depth)
            self._write_notes()

    def _list(self, element: Element, depth: int) -> None:
        for number, item in enumerate(found for found in element if tag_of(found) in ("list-item", "list-header")):
            for part in item:
                if tag_of(part) == "list" and depth < _DEEPEST_LIST:
                    self._list(part, depth + 1)
                elif text := self._text(part):
                    (self.writer.line if number or depth else self.writer.paragraph)(f"- {text}")

    def _table(self, table: Element) -> None:
        rows = [row for row in table.iter() if tag_of(row) == "table-row"]
        self.writer.table([self._cells(row) for row in rows])

    def _cells(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if tag_of(cell) == "table-cell":
                again = cell.get(_attribute(cell, "number-columns-repeated"), "1")
                text = " ".join(filter(None, (self._text(part) for part in cell)))
                cells.extend([text] * (min(int(again), _MOST_COLUMNS) if text and again.isdecimal() else 1))
            elif tag_of(cell) == "covered-table-cell":
                cells.append("")
        return cells

    def _text(self, element: Element) -> str:
        return "".join(self._pieces(element)).strip()

    def _pieces(self, element: Element) -> Iterator[str]:
        yield " ".join((element.text or "").split("\n"))
        for child in element:
            name = tag_of(child)
            if name == "note":
                self._after.append(child)
            elif name == "s":
                count = child.get(_attribute(child, "c"), "1")
                yield " " * (min(int(count), _MOST_SPACES) if count.isdecimal() else 1)
            elif name in _BREAKS:
                yield _BREAKS[name]
            elif name == "list":
                yield from (f"\n- {self._text(item)}" for item in child)
            elif name and name not in _UNSEEN:
                yield from self._pieces(child)
            yield " ".join((child.tail or "").split("\n"))

    def _write_notes(self) -> None:
        while self._after:
            self.writer.paragraph(self._text(self._after.pop(0)))


def _attribute(element: Element, name: str) -> str:
    return next((key for key in element.attrib if key.rpartition("}")[2] == name), name)
