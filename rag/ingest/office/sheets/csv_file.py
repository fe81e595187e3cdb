"""CSV and TSV: the separator is declared or found out, the encoding is found out, and lines above the header
are kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.office.sheets.tables import NoteTable, documents_of
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.controls import note_controls
from rag.ingest.parsing.decode import decode

_DELIMITERS = ",;\t|"
_DECLARED = re.compile(r"sep=(.)\s*(?:\r\n?|\n)", re.IGNORECASE)
_MOST_CELL = 1 << 22
_MOST_OPENING = 5


class CsvParser:
    """Reads a table from a CSV or TSV file."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document a row or a patient, and in its place the error of each row that cannot be read.

        Raises:
            ParseError: the bytes are no text, or there is no row under a header.
        """
        file = name_of(source)
        text, _ = decode(stream.read(), file)
        aside = Aside(file, characters=len(text))
        note_controls(text, aside)
        aside.tell(warn)
        declared = _DECLARED.match(text)
        body = text[declared.end() :] if declared else text
        delimiter = declared[1] if declared else _delimiter(body)
        csv.field_size_limit(_MOST_CELL)
        rows = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=False)
        try:
            opening, header, first = _head(rows)
            yield from documents_of(
                NoteTable("", header, _numbered(first, rows), delimiter, opening), source, warn
            )
        except csv.Error:
            raise ParseError("sheet_damaged", file=file) from None


def _numbered(
    first: list[Sequence[str]], rows: Iterator[Sequence[str]]
) -> Iterator[tuple[int, Sequence[str]]]:
    yield from enumerate(first, start=2)
    yield from enumerate(rows, start=2 + len(first))


def _head(rows: Iterator[Sequence[str]]) -> tuple[list[str], Sequence[str], list[Sequence[str]]]:
    """Return the lines above the header, the header, and the rows read to find it: a line of one cell above
    wider ones is a title.
    """
    read: list[Sequence[str]] = []
    for row in rows:
        if any(cell.strip() for cell in row):
            read.append(row)
        if len(read) > _MOST_OPENING:
            break
    widest = max((_width(row) for row in read), default=0)
    titles = 0
    while widest > 1 and titles < len(read) and _width(read[titles]) == 1:
        titles += 1
    if titles >= len(read):
        titles = 0
    opening = [cell.strip() for row in read[:titles] for cell in row if cell.strip()]
    return opening, read[titles] if read else [], read[titles + 1 :]


def _width(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _delimiter(text: str) -> str:
    """Return the separator that stands most often in the header, outside quotes; a title above it has
    none.
    """
    for line in text.splitlines()[:_MOST_OPENING]:
        outside = "".join(line.split('"')[::2])
        if any(sign in outside for sign in _DELIMITERS):
            return max(_DELIMITERS, key=lambda sign: (outside.count(sign), -_DELIMITERS.index(sign)))
    return _DELIMITERS[0]
