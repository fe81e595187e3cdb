"""Results in labelled rows, as a sheet with one test a line is written out: ``date : … ; analyse : … ;
résultat : … ; unité : …``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rag.clinical.assertion.sections import NoteLine
from rag.clinical.facts.dating import Dated
from rag.clinical.facts.measured.columns import named_in, when_in
from rag.clinical.facts.measured.measures import reference_in, word_pattern
from rag.clinical.facts.measured.results import fact_of
from rag.clinical.facts.measured.tables import cell_found, fact_kind
from rag.clinical.facts.note import SURE, UNSURE, Note
from rag.core.facts import Fact, Period
from rag.core.text import Span, trimmed

_FIELD = re.compile(r"(?:^|(?<= ; ))(?P<key>[^:;|]{1,40}?)\s?:\s?(?P<value>[^;]*)")
_KEYS = ("analyte", "value", "unit", "reference", "flag", "when")
_CLOCK = re.compile(r"(?P<hour>[01]?\d|2[0-3])\s?[h:]\s?(?P<minute>[0-5]\d)")
Fields = Mapping[str, tuple[Span, ...]]
"""The cells of a row by what their label says."""


def rows_in(note: Note) -> Iterator[tuple[NoteLine, Fields]]:
    """Yield the lines that label a test and its value, with their cells."""
    for line in note.lines:
        if note.text.count(" ; ", line.start, line.end) < 2:
            continue
        fields: dict[str, tuple[Span, ...]] = {}
        for found in _FIELD.finditer(note.text[line.start : line.end]):
            key = note.plain[line.start + found.start("key") : line.start + found.end("key")].strip()
            sort = next((name for name in _KEYS if word_pattern("headers", name).fullmatch(key)), "")
            span = trimmed(note.text, line.start + found.start("value"), line.start + found.end("value"))
            if sort and span[0] < span[1]:
                fields[sort] = (*fields.get(sort, ()), span)
        if "analyte" in fields and "value" in fields:
            yield line, fields


def results_of_row(note: Note, line: NoteLine, fields: Fields) -> Iterator[Fact]:
    """Yield the result of a labelled row, of its own day and hour."""
    named = named_in(note, fields["analyte"][0])
    kind = fact_kind(named) if named is not None else None
    if named is None or kind is None:
        return
    span = fields["value"][0]
    unit = note.quote(*fields["unit"][0]) if "unit" in fields else ""
    details = (
        reference_in(note.plain, *fields["reference"][0], note.language) if "reference" in fields else {}
    )
    found = cell_found(note, named, span, unit, details)
    if found is None:
        return
    remark = fields.get("flag", ())
    if any(word_pattern("status", "unusable").search(note.plain, *one) for one in remark):
        found = replace(found, status="unusable")
    found = replace(found, span=(named.start, span[1]) if named.end <= span[0] else span)
    if fact := fact_of(note, kind, found, line.end, _dated(note, fields)):
        yield fact


def _dated(note: Note, fields: Fields) -> Dated | None:
    cells = fields.get("when", ())
    when = next((found for one in cells if (found := when_in(note, one)) is not None), None)
    if when is None or when.period is None:
        return None
    if when.is_future:
        return Dated(None, UNSURE, True)
    clock = next((told for one in cells if (told := _CLOCK.fullmatch(note.plain, *one))), None)
    if clock is None or when.period.precision != "day":
        return Dated(when.period, SURE, True)
    instant = f"{when.period.start}T{int(clock['hour']):02d}:{clock['minute']}"
    return Dated(Period(instant, instant, "minute"), SURE, True)
