"""What lines make a table, what its header says of its columns, and which column a cell stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.clinical.assertion.sections import NoteLine
from rag.clinical.facts.measured.measures import word_pattern
from rag.clinical.facts.note import NamedConcept, Note
from rag.clinical.times.periods import When
from rag.core.text import Span, trimmed

_STARS = re.compile(r"\*{1,3}(?=[^\s*])")
_CELL = re.compile(r"[^|]+")
_COLUMN = re.compile(r"\S+(?: \S+)*")
_RULE = re.compile(r"[\s|:+=-]*")
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
            _without_emphasis(note.text, *trimmed(note.text, *found.span()))
            for found in _CELL.finditer(note.text, line.start, line.end)
            if found[0].strip() or line.start < found.start()
        )
    return tuple(found.span() for found in _COLUMN.finditer(note.text, line.start, line.end))


def _without_emphasis(text: str, start: int, end: int) -> Span:
    """Leave out the stars of a cell set in bold: ``**161**`` is the number 161. A star that only follows a
    value is a mark of the laboratory and stays.
    """
    stars = _STARS.match(text, start, end)
    if stars is None:
        return start, end
    closed = text.endswith(stars[0], stars.end(), end)
    return stars.end(), end - len(stars[0]) if closed else end


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
    if has_header and not barred and rows and all(when_in(note, span) for span in rows[0]):
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
        if sum(bool(column.sort or column.when) for column in (_column(note, span) for span in cells[index]))
        > 1
    ]
    return said[-1] if said and not _is_second(note, cells[said[-1]]) else 0


def _is_second(note: Note, cells: Sequence[Span]) -> bool:
    """Tell whether a line only puts dates under the header above it."""
    return all(when_in(note, span) for span in cells)


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
            dated.append(replace(columns[place], when=when_in(note, span)))
            places.append((first, last))
        else:
            dated[place], places[place] = replace(columns[place], when=when_in(note, span)), (first, last)
            taken.add(place)
    return tuple(dated), tuple(places)


def _has_value(note: Note, cells: Sequence[Span]) -> bool:
    """Tell whether a first line is a row already: a test, then a number that is no date."""
    named = named_in(note, cells[0]) if cells else None
    rest = [
        span
        for span in cells[1:]
        if re.match(r"\s*[<>]?\s*\d+(?:[.,]\d+)?(?![\d/])", note.text[span[0] : span[1]])
        and when_in(note, span) is None
    ]
    return named is not None and bool(rest)


def _column(note: Note, span: Span) -> Column:
    plain = note.plain[span[0] : span[1]].strip(" *:()")
    sort = next((name for name in _HEADERS if word_pattern("headers", name).fullmatch(plain)), "")
    when = when_in(note, span)
    return Column(span, sort, when, named_in(note, span) if not sort and when is None else None)


def when_in(note: Note, span: Span) -> When | None:
    """Return the time that a cell holds, None where it holds none."""
    return next((when for when in note.whens if span[0] <= when.start and when.end <= span[1] + 1), None)


def named_in(note: Note, span: Span) -> NamedConcept | None:
    """Return the measured thing that a cell names, None where it names none."""
    return next((named for named in note.measured if span[0] <= named.start < span[1]), None)


def column_at(note: Note, table: Table, index: int, row: Sequence[Span]) -> Column | None:
    """Return the column that a cell of a row stands in: by its number between bars, by its place where the
    text is laid out, or by its number where each value has its header and the tests have none.
    """
    span = row[index]
    if not table.columns:
        return None
    if table.is_barred:
        return table.columns[index] if index < len(table.columns) else None
    if (
        len(row) == len(table.columns) + 1
        and row[0][1] - note.line_at(row[0][0]).start <= table.offsets[0][0]
    ):
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
