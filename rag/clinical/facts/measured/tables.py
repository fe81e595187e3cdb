"""Results in tables: a row a test and a column a date, a row a date and a column a test, or a column for the
value, the unit, the range.

Both tables with bars and text laid out in columns are read; the header says what each column is, and a date
there governs its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.clinical.facts.dating import Dated, time_of, time_of_sample
from rag.clinical.facts.measured.columns import Column, Table, column_at, named_in, when_in
from rag.clinical.facts.measured.found import Found
from rag.clinical.facts.measured.measures import (
    MeasuredValue,
    accepted,
    flag_after,
    measured_at,
    reference_in,
    word_pattern,
)
from rag.clinical.facts.measured.results import fact_of
from rag.clinical.facts.note import LIKELY, SURE, UNSURE, NamedConcept, Note
from rag.clinical.measures.ucum import readings_of
from rag.core.facts import Fact, FactKind
from rag.core.text import Span

_WORDS_CELL = re.compile(r"[^\d]*")


def results_of(note: Note, tables: Sequence[Table]) -> Iterator[Fact]:
    """Yield the results that tables hold."""
    for table in tables:
        by_column = [column for column in table.columns if column.named is not None]
        for row in table.rows:
            is_test = any(named_in(note, span) for span in row[:2])
            yield from (
                _of_dated_row(note, table, row, by_column)
                if by_column and not is_test
                else _of_test_row(note, table, row)
            )


def _of_test_row(note: Note, table: Table, row: tuple[Span, ...]) -> Iterator[Fact]:
    """Yield the values of a row that names a test in its first cells."""
    place = next((index for index, span in enumerate(row[:2]) if named_in(note, span)), None)
    if place is None:
        return
    named = named_in(note, row[place])
    assert named is not None  # the cell was chosen for it
    details: dict[str, str] = {}
    unit = _unit_of(note, table, row, place)
    values: list[tuple[Span, Column | None]] = []
    for index, span in enumerate(row):
        column = column_at(note, table, index, row)
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
        column = column_at(note, table, index, row)
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
    found = cell_found(note, named, span, unit, details)
    if found is None or fact_kind(named) is None:
        return
    dated = _dated(note, table, column, named, span)
    fact = fact_of(note, fact_kind(named) or "lab", found, span[1], dated)
    if fact is not None:
        yield fact


def fact_kind(named: NamedConcept) -> FactKind | None:
    """Return the kind of fact that a measured thing gives."""
    return "lab" if named.kind == "lab" else "vital" if named.kind == "vital" else None


def cell_found(
    note: Note, named: NamedConcept, span: Span, unit: str, details: dict[str, str]
) -> Found | None:
    """Return the result that a cell holds, in the unit of its row; None where it holds none."""
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
    if inside := when_in(note, span):
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
    when = next((dated_at for span in row[:2] if (dated_at := when_in(note, span))), None)
    for index, span in enumerate(row):
        column = column_at(note, table, index, row)
        if column is None or column.named is None or (when is not None and when_in(note, span) is when):
            continue
        bracket = re.search(r"[(\[]([^)\]]+)[)\]]\s*$", note.quote(*column.span))
        unit = bracket[1] if bracket and readings_of(bracket[1]) else ""
        found = cell_found(note, column.named, span, unit, {})
        kind = fact_kind(column.named)
        if found is None or kind is None:
            continue
        if when is None:
            dated = time_of(note, span, span[1])
        else:
            dated = Dated(when.period if not when.is_future else None, SURE if when.period else UNSURE, True)
        if fact := fact_of(note, kind, found, span[1], dated):
            yield fact
