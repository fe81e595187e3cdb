"""Tables of notes (CSV, XLSX): a row with a text is a document of its own; other tables become text, a line a row, a document a patient.

Every line names its columns, so that it can be quoted alone. A table that names patients is never mixed: each gets the rows of their own.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from rag.clinical.folding import fold
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical, few_marks
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of, record_uri
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.decode import decode
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, declared

_COLUMNS = {
    "text": ("text", "texte", "note", "compte_rendu", "cr", "report", "contenu", "content", "observation_text"),
    "patient_id": ("patient_id", "patient", "ipp", "nip", "id_patient", "mrn"),
    "id": ("id", "_id", "doc_id"),
    "title": ("title", "titre"),
    "date": ("date", "authored_at", "date_document", "date_note"),
    "kind": ("kind", "type", "nature"),
    "language": ("language", "langue"),
    "encounter_id": ("encounter_id", "sejour", "iep", "nda"),
}
_NAME_OF = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases}
_MOST_ROWS = 200_000
_MOST_CELL = 1 << 22
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class _Table:
    """A named table: its header and its rows, every cell text."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[str]]


class CsvParser:
    """Reads a table from a CSV or TSV file; its separator is found out."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document a row or a patient, and in its place the error of each row that cannot be read.

        Raises:
            ParseError: the bytes are no text, or there is no row under a header.
        """
        file = name_of(source)
        text, _ = decode(stream.read(), file)
        csv.field_size_limit(_MOST_CELL)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
        try:
            header = next((row for row in rows if any(cell.strip() for cell in row)), [])
            yield from _documents(_Table("", header, rows), source)
        except csv.Error:
            raise ParseError("sheet_damaged", file=file) from None


class XlsxParser:
    """Reads the visible sheets of a workbook of at most ``max_file_mb`` when unpacked, with the values that were last computed."""

    def __init__(self, kit: Kit) -> None:
        import openpyxl  # noqa: F401 - so that a missing extra is told once, before any file is opened

        self._most = int(kit.settings.max_file_mb * 1_000_000)

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document a row or a patient of each sheet, and in its place the error of each row that cannot be read.

        Raises:
            ParseError: the workbook is damaged, unpacks to more than the limit, or has nothing in it.
        """
        from openpyxl import load_workbook

        file, found = name_of(source), False
        self._refuse_bomb(stream, file)
        try:
            book = load_workbook(stream, read_only=True, data_only=True)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        except Exception as error:  # a damaged package fails in any of zip, XML and openpyxl
            raise ParseError("sheet_damaged", file=file) from error
        if hidden := len(book.worksheets) - len(sheets):
            warn(ParseError("sheet_hidden", file=file, count=hidden))
        for sheet in sheets:
            sheet.reset_dimensions()
            rows = _rows(sheet, file)
            header = next((row for row in rows if any(row)), [])
            if header:
                found = True
                yield from _documents(_Table(sheet.title, header, rows), source)
        if not found:
            raise ParseError("sheet_empty", file=file)

    def _refuse_bomb(self, stream: BinaryIO, file: str) -> None:
        try:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise ParseError("sheet_damaged", file=file) from None
        if size > self._most:
            raise ParseError("office_too_large", file=file, size=size // 1_000_000, limit=self._most // 1_000_000)
        stream.seek(0)


def _rows(sheet: Any, file: str) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text; the library reads them as they are asked for, so damage shows only now."""
    try:
        for row in sheet.iter_rows(values_only=True):
            yield [_cell(value) for value in row]
    except Exception as error:  # any of zip, XML and openpyxl
        raise ParseError("sheet_damaged", file=file) from error


def _documents(table: _Table, source: Source) -> Iterator[Document | ParseError]:
    columns = [_NAME_OF.get(_plain(name), "") for name in table.header]
    rows = _limited(table.rows, name_of(source))
    yield from (_notes if "text" in columns else _tables)(table, columns, rows, source)


def _limited(rows: Iterable[Sequence[str]], file: str) -> Iterator[tuple[int, Sequence[str]]]:
    for number, row in enumerate(rows, start=2):
        if number > _MOST_ROWS:
            raise ParseError("sheet_too_long", file=file, limit=_MOST_ROWS)
        if any(cell.strip() for cell in row):
            yield number, row


def _notes(
    table: _Table, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], source: Source
) -> Iterator[Document | ParseError]:
    """Yield a document for each row, its text in one column and what is known of it in the others."""
    file = name_of(source)
    for number, row in rows:
        values: dict[str, object] = {}
        for name, title, cell in zip(columns, table.header, row, strict=False):
            if cell.strip():
                values.setdefault(name or _plain(title) or "column", cell.strip())
        text = canonical(str(values.pop("text", "")))
        record = "/".join(filter(None, (table.name, str(values.get("id", "")) or f"row-{number}")))
        try:
            if not text or len(row) > len(table.header) or ("patient_id" in columns and "patient_id" not in values):
                raise ParseError("sheet_row_not_read", file=file, row=number)
            fields = declared(values, f"row {number}", file)
        except ParseError as error:
            yield error
            continue
        document = fields.document(replace(source, uri=record_uri(source, record)), text)
        yield replace(document, sections=sections_of(text, plain_headings(text)))


def _tables(
    table: _Table, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], source: Source
) -> Iterator[Document | ParseError]:
    """Yield the table as text: one document, or one for each patient that a column names; a row without a patient is an error then."""
    patient_column = columns.index("patient_id") if "patient_id" in columns else None
    lines: dict[str, list[str]] = {}
    for number, row in rows:
        patient = row[patient_column].strip() if patient_column is not None and patient_column < len(row) else ""
        if len(row) > len(table.header) or (patient_column is not None and not patient):
            yield ParseError("sheet_row_not_read", file=name_of(source), row=number)
            continue
        lines.setdefault(patient, []).append(_line(table.header, row))
    if not lines:
        yield ParseError("sheet_empty", file=name_of(source))
    for patient, written in lines.items():
        record = "/".join(filter(None, (table.name, patient)))
        fields = declared({"patient_id": patient} if patient else {}, "patient_id", name_of(source))
        writer = Writer()
        writer.heading(table.name)
        for line in written:
            writer.paragraph(line)
        text, sections = writer.done()
        yield replace(_document(fields, source, record, text, table.name), sections=sections)


def _document(fields: Declared, source: Source, record: str, text: str, title: str) -> Document:
    return fields.document(replace(source, uri=record_uri(source, record)) if record else source, text, title)


def _line(header: Sequence[str], row: Sequence[str]) -> str:
    pairs = ((name.strip(), " ".join(cell.split())) for name, cell in zip(header, row, strict=False))
    return " ; ".join(f"{name} : {cell}" if name else cell for name, cell in pairs if cell)


def _plain(name: str) -> str:
    return "_".join("".join(char if char.isalnum() or char == "_" else " " for char in fold(few_marks(name.strip()))).split())


def _delimiter(text: str) -> str:
    """Return the separator that stands most often in the header, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=lambda sign: (outside.count(sign), -_DELIMITERS.index(sign)))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
