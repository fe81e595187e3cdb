"""Results in tables: a row a test and a column a date, a row a date and a column a test, or a column for the
value, the unit, the range.

Both tables with bars and text laid out in columns are read; the header says what each column is, and a date
there governs its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.clinical.assertion.sections import NoteLine
from rag.clinical.facts.dating import Dated, time_of, time_of_sample
from rag.clinical.facts.measured.measures import (
    MeasuredValue,
    accepted,
    flag_after,
    measured_at,
    reference_in,
    word_pattern,
)
from rag.clinical.facts.measured.results import Found, fact_of
from rag.clinical.facts.note import LIKELY, SURE, UNSURE, NamedConcept, Note
from rag.clinical.measures.ucum import readings_of
from rag.clinical.times.periods import When
from rag.core.facts import Fact, FactKind
from rag.core.text import Span, trimmed

_CELL = re.compile(r"[^|]+")
_COLUMN = re.compile(r"\S+(?: \S+)*")
_RULE = re.compile(r"[\s|:+=-]*")
_WORDS_CELL = re.compile(r"[^\d]*")
_FARTHEST = 3
"""Signs by which a cell of a laid out table may miss its header."""
_HEADERS = ("unit", "reference", "previous", "value", "flag", "specimen", "analyte", "when")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a table holds: its span in the header, its sort, and the date in its header."""

    span: Span
    sort: str
    when: When | None = None
    named: NamedConcept | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that make a table: its header's columns (none where it has no header) and its rows as spans of
    cells.
    """

    span: Span
    columns: tuple[Column, ...]
    rows: tuple[tuple[Span, ...], ...]
    is_barred: bool
    offsets: tuple[Span, ...] = ()
    """Of text laid out in columns: where each column of the header begins and ends in its line."""


def tables_in(note: Note) -> tuple[Table, ...]:
    """Return the tables of a note, in order."""
    found: list[Table] = []
    block: list[NoteLine] = []
    barred = False
    header: Table | None = None
    for line in (*note.lines, None):
        sort = _sort(note, line) if line is not None else ""
        goes_on = (
            bool(block)
            and line is not None
            and sort == ("bar" if barred else "columns")
            and line.start <= block[-1].end + 2
        )
        if block and not goes_on:
            if table := _table(note, block, barred):
                if not table.columns and header is not None and header.is_barred == barred:
                    table = replace(
                        table, columns=header.columns, offsets=header.offsets
                    )  # a part of the table above, under a title of its own
                header = table if table.columns else header
                found.append(table)
            block = []
        if line is not None and sort:
            barred = sort == "bar" if not block else barred
            block.append(line)
    return tuple(found)


def results_of(note: Note, tables: Sequence[Table]) -> Iterator[Fact]:
    """Yield the results that tables hold."""
    for table in tables:
        by_column = [column for column in table.columns if column.named is not None]
        for row in table.rows:
            is_test = any(_named_in(note, span) for span in row[:2])
            yield from (
                _of_dated_row(note, table, row, by_column)
                if by_column and not is_test
                else _of_test_row(note, table, row)
            )


def _sort(note: Note, line: NoteLine) -> str:
    body = note.text[line.start : line.end]
    if body.count("|") >= 2 or body.strip().startswith("|"):
        return "bar"
    if body[:12].isspace() and any(line.start <= when.start < line.end for when in note.whens):
        return "columns"
    return (
        "columns"
        if len(re.findall(r"\S {2,}\S", body)) >= 1
        and len(body) < 200
        and not body.lstrip().startswith(("-", "•"))
        else ""
    )


def _cells(note: Note, line: NoteLine, barred: bool) -> tuple[Span, ...]:
    if barred:
        return tuple(
            trimmed(note.text, *found.span())
            for found in _CELL.finditer(note.text, line.start, line.end)
            if found[0].strip() or line.start < found.start()
        )
    return tuple(found.span() for found in _COLUMN.finditer(note.text, line.start, line.end))


def _table(note: Note, block: Sequence[NoteLine], barred: bool) -> Table | None:
    lines = [line for line in block if not _RULE.fullmatch(note.text, line.start, line.end)]
    if not lines:
        return None
    cells = [_cells(note, line, barred) for line in lines]
    first = _header_row(note, cells)
    lines, cells = lines[first:], cells[first:]
    columns = tuple(_column(note, span) for span in cells[0])
    has_header = (
        any(column.sort or column.when for column in columns)
        and (len(lines) > 1 or _heads_alone(columns))
        and not _has_value(note, cells[0])
    )
    if (
        not has_header
        and sum(column.named is not None for column in columns) > 1
        and len(lines) > 1
        and not _has_value(note, cells[0])
    ):
        has_header = True
    if not barred and not has_header and len(lines) < 2 and not any(_has_value(note, row) for row in cells):
        return None
    rows, offsets = (
        cells[1:] if has_header else cells,
        tuple((start - lines[0].start, end - lines[0].start) for start, end in cells[0]),
    )
    if has_header and not barred and rows and all(_when_in(note, span) for span in rows[0]):
        columns, offsets = _dated_columns(note, columns, offsets, rows[0], lines[1].start)
        rows = rows[1:]
    return Table((lines[0].start, lines[-1].end), columns if has_header else (), tuple(rows), barred, offsets)


def _header_row(note: Note, cells: Sequence[Sequence[Span]]) -> int:
    """Return the number of the line that says what the columns are: the last one that does before the first
    row with a value; what stands above it (``Prescripteur : …``) is no part of the table.
    """
    first_row = next((index for index, row in enumerate(cells) if _has_value(note, row)), len(cells))
    said = [
        index
        for index in range(min(first_row, len(cells)))
        if sum(bool(column.sort or column.when) for column in (_column(note, span) for span in cells[index])) > 1
    ]
    return said[-1] if said and not _is_second(note, cells[said[-1]]) else 0


def _is_second(note: Note, cells: Sequence[Span]) -> bool:
    """Tell whether a line only puts dates under the header above it."""
    return all(_when_in(note, span) for span in cells)


def _heads_alone(columns: Sequence[Column]) -> bool:
    """Tell whether a line alone is the header of the tables below it: it dates or names two columns."""
    return sum(bool(column.sort or column.when) for column in columns) > 1


def _dated_columns(
    note: Note, columns: Sequence[Column], offsets: Sequence[Span], second: Sequence[Span], start: int
) -> tuple[tuple[Column, ...], tuple[Span, ...]]:
    """Return the columns with the dates that a second line of the header puts under them; a second one makes
    its own column.
    """
    dated, places = list(columns), list(offsets)
    taken: set[int] = set()
    for span in second:
        first, last = span[0] - start, span[1] - start
        place = max(
            range(len(offsets)),
            key=lambda index: min(last, offsets[index][1]) - max(first, offsets[index][0]),
        )
        if place in taken:
            dated.append(replace(columns[place], when=_when_in(note, span)))
            places.append((first, last))
        else:
            dated[place], places[place] = replace(columns[place], when=_when_in(note, span)), (first, last)
            taken.add(place)
    return tuple(dated), tuple(places)


def _has_value(note: Note, cells: Sequence[Span]) -> bool:
    """Tell whether a first line is a row already: a test, then a number that is no date."""
    named = _named_in(note, cells[0]) if cells else None
    rest = [
        span
        for span in cells[1:]
        if re.match(r"\s*[<>]?\s*\d+(?:[.,]\d+)?(?![\d/])", note.text[span[0] : span[1]])
        and _when_in(note, span) is None
    ]
    return named is not None and bool(rest)


def _column(note: Note, span: Span) -> Column:
    plain = note.plain[span[0] : span[1]].strip(" *:()")
    sort = next((name for name in _HEADERS if word_pattern("headers", name).fullmatch(plain)), "")
    when = _when_in(note, span)
    return Column(span, sort, when, _named_in(note, span) if not sort and when is None else None)


def _when_in(note: Note, span: Span) -> When | None:
    return next((when for when in note.whens if span[0] <= when.start and when.end <= span[1] + 1), None)


def _named_in(note: Note, span: Span) -> NamedConcept | None:
    return next((named for named in note.measured if span[0] <= named.start < span[1]), None)


def _column_at(note: Note, table: Table, index: int, row: Sequence[Span]) -> Column | None:
    """Return the column that a cell of a row stands in: by its number between bars, by its place where the
    text is laid out, or by its number where each value has its header and the tests have none.
    """
    span = row[index]
    if not table.columns:
        return None
    if table.is_barred:
        return table.columns[index] if index < len(table.columns) else None
    if len(row) == len(table.columns) + 1 and row[0][1] - note.line_at(row[0][0]).start <= table.offsets[0][0]:
        return table.columns[index - 1] if index else None
    begin, place = table.offsets, span[0] - note.line_at(span[0]).start
    last = place + span[1] - span[0]
    over = [
        (min(last, high) - max(place, low), column)
        for (low, high), column in zip(begin, table.columns, strict=True)
    ]
    best = max(over, key=lambda pair: pair[0], default=None)
    if best is not None and best[0] > -_FARTHEST:
        return best[1]
    return None


def _of_test_row(note: Note, table: Table, row: tuple[Span, ...]) -> Iterator[Fact]:
    """Yield the values of a row that names a test in its first cells."""
    place = next((index for index, span in enumerate(row[:2]) if _named_in(note, span)), None)
    if place is None:
        return
    named = _named_in(note, row[place])
    assert named is not None  # the cell was chosen for it
    details: dict[str, str] = {}
    unit = _unit_of(note, table, row, place)
    values: list[tuple[Span, Column | None]] = []
    for index, span in enumerate(row):
        column = _column_at(note, table, index, row)
        if index == place:
            continue
        if column is not None and column.sort in ("unit", "analyte", "specimen", "flag"):
            if column.sort == "flag" and (flag := flag_after(note.text, span[0], span[1])[0]):
                details["interpretation"] = flag
            continue
        if (column is not None and column.sort == "reference") or (
            values and not table.columns and reference_in(note.plain, *span, note.language)
        ):
            details |= reference_in(note.plain, *span, note.language)
        else:
            values.append((span, column))
    for span, column in values:
        yield from _value(note, table, named, span, column, unit, details)


def _unit_of(note: Note, table: Table, row: tuple[Span, ...], place: int) -> str:
    """Return the unit written in a column for it, in brackets after the test, or in a cell of its own."""
    for index, span in enumerate(row):
        column = _column_at(note, table, index, row)
        if index != place and (column is None or column.sort == "unit") and readings_of(note.quote(*span)):
            return note.quote(*span)
    label = note.quote(*row[place])
    bracket = re.search(r"[(\[]([^)\]]+)[)\]]\s*$", label)
    return bracket[1] if bracket and readings_of(bracket[1]) else ""


def _value(
    note: Note,
    table: Table,
    named: NamedConcept,
    span: Span,
    column: Column | None,
    unit: str,
    details: dict[str, str],
) -> Iterator[Fact]:
    if column is not None and column.sort == "previous" and column.when is None:
        return
    found = _cell_found(note, named, span, unit, details)
    if found is None or fact_kind(named) is None:
        return
    dated = _dated(note, table, column, named, span)
    fact = fact_of(note, fact_kind(named) or "lab", found, span[1], dated)
    if fact is not None:
        yield fact


def fact_kind(named: NamedConcept) -> FactKind | None:
    """Return the kind of fact that a measured thing gives."""
    return "lab" if named.kind == "lab" else "vital" if named.kind == "vital" else None


def _cell_found(
    note: Note, named: NamedConcept, span: Span, unit: str, details: dict[str, str]
) -> Found | None:
    readings = (named.concept, *named.others)
    whole = (
        (named.start, span[1])
        if named.end <= span[0] and "\n" not in note.text[named.start : span[1]]
        else span
    )
    own = dict(details)
    got = measured_at(note.text, note.plain, span[0], span[1], note.language, readings)
    for name in ("unusable", "preliminary"):
        if word_pattern("status", name).search(note.plain, *span):
            return Found(
                named,
                named.concept,
                got[0] if got else None,
                note.quote(*span),
                whole,
                span[1],
                tuple(own.items()),
                name,
            )
    if got is not None:
        measured, reading = got
        if not measured.has_unit and unit:
            measured, reading = _with_unit(measured, reading, readings, unit)
        if measured.has_unit and not measured.fits:
            return None
        flag = flag_after(note.text, measured.end, span[1])[0]
        if flag:
            own["interpretation"] = flag
        return Found(
            named,
            reading,
            measured,
            _text_with_unit(note, measured, unit),
            whole,
            span[1],
            tuple(own.items()),
        )
    for name, letter in (("negative", "N"), ("positive", "A"), ("normal", "N"), ("traces", "A")):
        if word_pattern("words", name).match(note.plain, *span):
            return Found(
                named,
                named.concept,
                None,
                note.quote(*span),
                whole,
                span[1],
                (*own.items(), ("interpretation", letter)),
            )
    return None


def _with_unit(
    measured: MeasuredValue, reading: str, readings: Sequence[str], unit: str
) -> tuple[MeasuredValue, str]:
    """Return a bare value in the unit of its row."""
    choices = [
        (candidate, ucum, factor)
        for candidate in readings
        for ucum, factor in readings_of(unit)
        if ucum in accepted(candidate)
    ]
    if not choices:
        ucum, factor = readings_of(unit)[0]
        return (
            MeasuredValue(
                measured.value * factor,
                measured.comparator,
                ucum,
                measured.start,
                measured.end,
                not accepted(reading),
                True,
            ),
            reading,
        )
    candidate, ucum, factor = choices[0]
    return (
        MeasuredValue(
            float(f"{measured.value * factor:.10g}"),
            measured.comparator,
            ucum,
            measured.start,
            measured.end,
            True,
            True,
        ),
        candidate,
    )


def _text_with_unit(note: Note, measured: MeasuredValue, unit: str) -> str:
    written = note.quote(measured.start, measured.end)
    return (
        written
        if not unit or written.endswith(unit) or not measured.has_unit or re.search(r"[a-zA-Z%]$", written)
        else f"{written} {unit}"
    )


def _dated(note: Note, table: Table, column: Column | None, named: NamedConcept, span: Span) -> Dated:
    if inside := _when_in(note, span):
        return Dated(inside.period, SURE, True)
    if column is not None and column.when is not None:
        when = column.when
        return (
            Dated(None, UNSURE, True)
            if when.period is None or when.is_future
            else Dated(when.period, SURE, True)
        )
    dated_columns = any(other.when for other in table.columns if other.sort != "previous")
    if dated_columns and (column is None or column.sort != "value"):
        return Dated(None, UNSURE)
    if any(
        other.when for other in table.columns
    ):  # dates of earlier results stand in the header: they are not this one's
        return time_of_sample(note)
    dated = time_of(note, (named.start, span[1]), span[1])
    return dated if dated.at is None else Dated(dated.at, max(LIKELY, dated.confidence), dated.is_named)


def _of_dated_row(
    note: Note, table: Table, row: tuple[Span, ...], columns: Sequence[Column]
) -> Iterator[Fact]:
    """Yield the values of a row under tests named in the header; the row's own date governs them."""
    when = next((dated_at for span in row[:2] if (dated_at := _when_in(note, span))), None)
    for index, span in enumerate(row):
        column = _column_at(note, table, index, row)
        if column is None or column.named is None or (when is not None and _when_in(note, span) is when):
            continue
        bracket = re.search(r"[(\[]([^)\]]+)[)\]]\s*$", note.quote(*column.span))
        unit = bracket[1] if bracket and readings_of(bracket[1]) else ""
        found = _cell_found(note, column.named, span, unit, {})
        kind = fact_kind(column.named)
        if found is None or kind is None:
            continue
        if when is None:
            dated = time_of(note, span, span[1])
        else:
            dated = Dated(when.period if not when.is_future else None, SURE if when.period else UNSURE, True)
        if fact := fact_of(note, kind, found, span[1], dated):
            yield fact
