"""Workbooks (XLSX): every sheet as a table, each cell as the sheet shows it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.office.sheets.tables import NoteTable, documents_of
from rag.ingest.office.sheets.xlsx_formats import shown
from rag.ingest.office.sheets.xlsx_package import Package, SheetFacts
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED, LetterRun, joined
from rag.ingest.parsing.symbol_fonts import is_symbol_font, signs

_HEIGHTS = {"superscript": RAISED, "subscript": LOWERED}
_POINTS = {"fr": ","}
_MOST_OPENING = 5


class XlsxParser:
    """Reads the sheets of a workbook of at most ``max_file_mb`` when unpacked, with the values that were last
    computed.
    """

    def __init__(self, kit: Kit) -> None:
        import openpyxl  # noqa: F401 - so that a missing extra is told once, before any file is opened

        self._most = int(kit.settings.max_file_mb * 1_000_000)

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield a document a row or a patient of each sheet, and in its place the error of each row that
        cannot be read.

        Raises:
            ParseError: the workbook is damaged, unpacks to more than the limit, or has nothing in it.
        """
        from openpyxl import load_workbook

        file, found, data = name_of(source), False, stream.read()
        aside = Aside(file)
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
            self._refuse_bomb(archive, file)
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, rich_text=True)
            package = Package(archive, file)
            package.note_others(aside)
            sheets = [
                (sheet, package.facts(sheet._worksheet_path, sheet.title, aside)) for sheet in book.worksheets
            ]
        except ParseError:
            raise
        except Exception as error:  # a damaged package fails in any of zip, XML and openpyxl
            raise ParseError("sheet_damaged", file=file) from error
        if hidden := sum(sheet.sheet_state != "visible" for sheet, _ in sheets):
            warn(ParseError("sheet_hidden", file=file, count=hidden))
        point = _Point(package)
        for sheet, facts in sheets:
            if facts.hidden:
                warn(ParseError("sheet_hidden_rows", file=file, count=facts.hidden, sheet=sheet.title))
            table = _Cells(facts, aside, point).table(sheet, file)
            if table.header:
                found = True
                yield from documents_of(table, source, warn)
        aside.tell(warn)
        if not found:
            raise ParseError("sheet_empty", file=file)

    def _refuse_bomb(self, archive: zipfile.ZipFile, file: str) -> None:
        size = sum(member.file_size for member in archive.infolist())
        if size > self._most:
            raise ParseError(
                "office_too_large", file=file, size=size // 1_000_000, limit=self._most // 1_000_000
            )


class _Point:
    """The sign that parts decimals on the screens of a workbook's readers, found out when the first number
    needs it.
    """

    def __init__(self, package: Package) -> None:
        self._package, self._found = package, ""

    def sign(self) -> str:
        """Return the sign, by the language of the workbook's words."""
        if not self._found:
            words = self._package.words()
            self._found = _POINTS.get(detect_language(words) if words else "fr", ".")
        return self._found


@dataclass(frozen=True, slots=True)
class _Style:
    """What the style of a cell says of what it shows."""

    number_format: str
    struck: bool
    height: int
    font: str


@dataclass(slots=True)
class _Cells:
    """Turns the cells of a sheet into text."""

    facts: SheetFacts
    aside: Aside
    point: _Point
    _styles: dict[int, _Style] = field(default_factory=dict)
    _held: dict[tuple[int, int], str] = field(default_factory=dict)

    def table(self, sheet: Any, file: str) -> NoteTable:
        """Return a sheet as a table: lines of one cell above a wider header are its opening."""
        sheet.reset_dimensions()
        rows = self._rows(sheet, file)
        opening: list[str] = []
        pending: list[tuple[int, list[str]]] = []
        for number, row in rows:
            if any(row):
                pending.append((number, row))
            if len(pending) > _MOST_OPENING:
                break
        widest = max((_width(row) for _, row in pending), default=0)
        while widest > 1 and len(pending) > 1 and _width(pending[0][1]) == 1:
            opening.append(next(cell for cell in pending.pop(0)[1] if cell))
        header = self._header(*pending.pop(0)) if pending else []
        return NoteTable(sheet.title, header, _chained(pending, rows), " ; ", opening)

    def _header(self, number: int, row: list[str]) -> list[str]:
        """Return a header in which a cell merged to the right names all its columns."""
        for column in range(1, len(row) + 1):
            at = self.facts.above.get((number, column))
            if at is not None and not row[column - 1]:
                row[column - 1] = self._held.get(at, "")
        return row

    def _rows(self, sheet: Any, file: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a sheet as text; the library reads them as they are asked for, so damage shows
        only now.
        """
        try:
            for number, row in enumerate(sheet.iter_rows(), start=1):
                yield number, [self._cell(cell, number, column) for column, cell in enumerate(row, start=1)]
        except ParseError:
            raise
        except Exception as error:  # any of zip, XML and openpyxl
            raise ParseError("sheet_damaged", file=file) from error

    def _cell(self, cell: Any, row: int, column: int) -> str:
        facts = self.facts
        text = "" if cell.value is None else self._shown(cell)
        if facts.above:
            at = facts.above.get((row, column))
            if at is None and text:
                self._held[row, column] = text
            elif at is not None and at[1] == column and not text:
                text = self._held.get(at, "")  # merged downwards: it holds for every row
        if facts.comments and (comment := facts.comments.get((row, column))):
            text = f"{text} [{comment}]".strip()
        return text

    def _shown(self, cell: Any) -> str:
        value, style = cell.value, self._style(cell)
        self.aside.characters += len(str(value))
        if style.struck:
            self.aside.note("struck", cell.coordinate if hasattr(cell, "coordinate") else "")
            return ""
        if hasattr(value, "as_list"):
            return joined(self._rich(value))
        text = (
            value
            if isinstance(value, str)
            else shown(value, style.number_format, self._sign(value, style.number_format))
        )
        if not text and str(value).strip():
            self.aside.note("hidden", "format")
        if style.font:
            text, unknown = signs(style.font, text)
            self.aside.note("signs", style.font, unknown)
        return text

    def _sign(self, value: object, number_format: str) -> str:
        is_plain = (
            isinstance(value, int) and not isinstance(value, bool) and number_format in ("General", "0", "@")
        )
        return "," if is_plain else self.point.sign()

    def _rich(self, value: Any) -> Iterator[LetterRun]:
        for block in value:
            font = getattr(block, "font", None)
            text = str(getattr(block, "text", block))
            if font is not None and font.strike:
                self.aside.note("struck", "", int(bool(text.strip())))
            elif font is not None and font.rFont and is_symbol_font(font.rFont):
                yield LetterRun(signs(font.rFont, text)[0].replace("μ", "µ"))
            else:
                yield LetterRun(
                    text, _HEIGHTS.get(font.vertAlign or "", LEVEL) if font is not None else LEVEL
                )

    def _style(self, cell: Any) -> _Style:
        key = getattr(cell, "_style_id", 0)
        if key not in self._styles:
            font = cell.font
            name = font.name if font is not None and font.name and is_symbol_font(font.name) else ""
            height = _HEIGHTS.get((font.vertAlign if font is not None else "") or "", LEVEL)
            self._styles[key] = _Style(
                cell.number_format, bool(font is not None and font.strike), height, name
            )
        return self._styles[key]


def _chained(
    first: list[tuple[int, list[str]]], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, Sequence[str]]]:
    yield from first
    yield from rows


def _width(row: Sequence[str]) -> int:
    return sum(bool(cell) for cell in row)
