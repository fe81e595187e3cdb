"""Tables of notes: a row with a text is a document of its own; other tables become text, a line a row, a
document a patient.

Every line names its columns, so that it can be quoted alone. A table that names patients is never mixed: each
gets the rows of their own. A row of more cells than the header has been torn at a separator that was not
quoted: its values stand under wrong names from there on, so it is read as it stands in the file; if that
leaves in doubt whose row it is, it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.clinical.folding import fold
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical, few_marks
from rag.core.types import Document, Source
from rag.ingest.office.sheets.dates import is_month_first, iso_of
from rag.ingest.parsing.address import name_of, record_uri
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, declared

_COLUMNS = {
    "text": (
        "text",
        "texte",
        "note",
        "compte_rendu",
        "cr",
        "report",
        "contenu",
        "content",
        "observation_text",
    ),
    "patient_id": ("patient_id", "patient", "ipp", "nip", "id_patient", "mrn"),
    "id": ("id", "_id", "doc_id"),
    "title": ("title", "titre"),
    "date": ("date", "authored_at", "date_document", "date_note"),
    "kind": ("kind", "type", "nature"),
    "language": ("language", "langue"),
    "encounter_id": ("encounter_id", "sejour", "iep", "nda"),
}
_NAME_OF = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases}
_IDENTITY = ("patient_id", "id", "encounter_id")
_MOST_ROWS = 200_000
Rows = Iterable[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class NoteTable:
    """A named table: its header and its rows with their numbers, every cell text. ``opening`` stands above
    the header.
    """

    name: str
    header: Sequence[str]
    rows: Rows
    separator: str = " ; "
    opening: Sequence[str] = ()


@dataclass(slots=True)
class _Seen:
    """What was met that did not fit."""

    beyond: int = 0
    month_first: bool = False
    columns: Sequence[str] = field(default_factory=list)


def documents_of(table: NoteTable, source: Source, warn: Warn) -> Iterator[Document | ParseError]:
    """Yield a document a row or a patient, and in its place the error of each row that cannot be read."""
    seen = _Seen(columns=[_NAME_OF.get(_plain(name), "") for name in table.header])
    rows = _limited(table.rows, name_of(source))
    if "date" in seen.columns:
        held = list(rows)
        at = seen.columns.index("date")
        seen.month_first = is_month_first(row[at] for _, row in held if at < len(row))
        rows = iter(held)
    yield from (_notes if "text" in seen.columns else _tables)(table, seen, rows, source)
    if seen.beyond:
        warn(
            ParseError(
                "sheet_beyond_header", file=name_of(source), count=seen.beyond, where=table.name or "–"
            )
        )


def _limited(rows: Rows, file: str) -> Iterator[tuple[int, Sequence[str]]]:
    for count, (number, row) in enumerate(rows, start=2):
        if count > _MOST_ROWS:
            raise ParseError("sheet_too_long", file=file, limit=_MOST_ROWS)
        if any(cell.strip() for cell in row):
            yield number, row


def _notes(table: NoteTable, seen: _Seen, rows: Rows, source: Source) -> Iterator[Document | ParseError]:
    """Yield a document for each row, its text in one column and what is known of it in the others."""
    file, text_at = name_of(source), seen.columns.index("text")
    for number, row in rows:
        torn = _is_torn(table, row)
        values = _values(table, seen, row[:text_at] if torn else row)
        text = canonical(table.separator.join(row[text_at:]) if torn else str(values.pop("text", "")))
        seen.beyond += _beyond(table, row)
        record = "/".join(filter(None, (table.name, str(values.get("id", "")) or f"row-{number}")))
        try:
            is_doubtful = torn and any(name in seen.columns[text_at:] for name in _IDENTITY)
            if not text or is_doubtful or ("patient_id" in seen.columns and "patient_id" not in values):
                raise ParseError("sheet_row_not_read", file=file, row=number)
            fields = declared(values, f"row {number}", file)
        except ParseError as error:
            yield error
            continue
        document = fields.document(replace(source, uri=record_uri(source, record)), text)
        yield replace(document, sections=sections_of(text, plain_headings(text)))


def _values(table: NoteTable, seen: _Seen, row: Sequence[str]) -> dict[str, object]:
    """Return what a row declares by name; two columns of one name are both kept."""
    values: dict[str, object] = {}
    for name, title, cell in zip(seen.columns, table.header, row, strict=False):
        if text := cell.strip():
            key = name or _plain(title) or "column"
            number = 2
            while key in values and name not in ("patient_id", "text"):
                key, number = f"{_plain(title) or 'column'}_{number}", number + 1
            values.setdefault(key, iso_of(text, month_first=seen.month_first) if name == "date" else text)
    return values


def _tables(table: NoteTable, seen: _Seen, rows: Rows, source: Source) -> Iterator[Document | ParseError]:
    """Yield the table as text: one document, or one for each patient that a column names; a row without a
    patient is an error then.
    """
    patient_column = seen.columns.index("patient_id") if "patient_id" in seen.columns else None
    lines: dict[str, list[str]] = {}
    for number, row in rows:
        patient = (
            row[patient_column].strip() if patient_column is not None and patient_column < len(row) else ""
        )
        torn = _is_torn(table, row)
        if patient_column is not None and (not patient or (torn and patient_column > 0)):
            yield ParseError("sheet_row_not_read", file=name_of(source), row=number)
            continue
        seen.beyond += _beyond(table, row)
        lines.setdefault(patient, []).append(table.separator.join(row) if torn else _line(table.header, row))
    if not lines:
        yield ParseError("sheet_empty", file=name_of(source))
    for patient, written in lines.items():
        yield _table_document(table, patient, written, source)


def _table_document(table: NoteTable, patient: str, lines: Sequence[str], source: Source) -> Document:
    record = "/".join(filter(None, (table.name, patient)))
    fields = declared({"patient_id": patient} if patient else {}, "patient_id", name_of(source))
    writer = Writer()
    writer.heading(table.name)
    for line in (*table.opening, *lines):
        writer.paragraph(line)
    text, sections = writer.done()
    named = replace(source, uri=record_uri(source, record)) if record else source
    return replace(_document(fields, named, text, table.name), sections=sections)


def _document(fields: Declared, source: Source, text: str, title: str) -> Document:
    return fields.document(source, text, title)


def _is_torn(table: NoteTable, row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row[len(table.header) :])


def _beyond(table: NoteTable, row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row[len(table.header) :])


def _line(header: Sequence[str], row: Sequence[str]) -> str:
    pairs = ((name.strip(), " ".join(cell.split())) for name, cell in zip(header, row, strict=False))
    return " ; ".join(f"{name} : {cell}" if name else cell for name, cell in pairs if cell)


def _plain(name: str) -> str:
    return "_".join(
        "".join(
            char if char.isalnum() or char == "_" else " " for char in fold(few_marks(name.strip()))
        ).split()
    )
