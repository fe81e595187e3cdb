"""Facts stated by the running text of a record, in French and English, by rules and the table of concepts; no
model.

One file a kind. Every fact quotes the text exactly; what is another person's, a limit, an aim or a condition
is no fact of the patient; what is doubtful (an abbreviation of two meanings, a block of another patient) has
a confidence below 0.5 and the status ``unconfirmed``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from rag.clinical.facts.allergens.allergies import allergies
from rag.clinical.facts.conditions import conditions
from rag.clinical.facts.devices import devices
from rag.clinical.facts.encounters import appointments, encounters
from rag.clinical.facts.family import family
from rag.clinical.facts.living import living
from rag.clinical.facts.measured.columns import tables_in
from rag.clinical.facts.measured.results import results_in
from rag.clinical.facts.measured.rows import results_of_row, rows_in
from rag.clinical.facts.measured.tables import results_of
from rag.clinical.facts.note import DOUBTFUL, Note, read_note
from rag.clinical.facts.procedures import procedures
from rag.clinical.facts.treatments.drugs import drugs
from rag.clinical.facts.vaccines import vaccines
from rag.clinical.readable import readable
from rag.core.facts import Fact
from rag.core.types import Section

_ROOM_AIR = 7
"""Signs after a saturation in which an abbreviation is what is breathed (``RA``, ``AA``), no illness."""
_LOG = logging.getLogger(__name__)

__all__ = ["FACTS", "extract"]

FACTS = "facts/7"
"""Raised when other facts come out of the same text, so that documents are read again."""


def extract(
    text: str,
    *,
    sections: Sequence[Section] = (),
    language: str = "fr",
    kind: str = "",
    title: str = "",
    authored_at: str | None = None,
) -> tuple[Fact, ...]:
    """Return what a text states, in order of place, ``doc_id`` and ``patient_id`` left empty.

    ``language`` is that of the document; sentences in the other one are read as such. ``authored_at`` (ISO
    8601, any precision) is what relative times count from. No text makes it raise: a kind that fails on a
    text gives none of its facts, and the log says which.
    """
    text = readable(text)
    if not text.strip():
        return ()
    try:
        note = read_note(text, sections, language, kind, title, authored_at)
    except Exception:
        _LOG.exception("a text could not be read for facts")
        return ()
    return tuple(
        _unique(sorted(_without_parts(list(_all(note))), key=lambda fact: (fact.spans[0], fact.kind)), text)
    )


def _without_parts(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out what is no illness but part of a result or of a habit: ``hémolysé`` of a sample, ``alcool
    occasionnel``.

    That no allergy is known is doubtful where the same note names one.
    """
    taken = [fact.spans[0] for fact in facts if fact.kind in ("lab", "vital", "lifestyle")]
    taken += [
        (end, end + _ROOM_AIR)
        for _, end in (fact.spans[0] for fact in facts if fact.concept == "oxygen_saturation")
    ]
    allergens = [fact.spans[0] for fact in facts if fact.kind == "allergy"]
    has_allergy = any(fact.kind == "allergy" and fact.status == "present" for fact in facts)
    for fact in facts:
        start, end = fact.spans[0]
        if fact.kind in ("condition", "family") and any(
            first <= start < last or first < end <= last for first, last in taken
        ):
            continue
        if fact.kind == "drug" and any(
            (first <= start and end <= last)
            or (fact.status in ("", "given") and not fact.value_text and first < end and start < last)
            for first, last in allergens
        ):
            continue  # what one is allergic to, or was tested for, is no treatment
        contradicted = (
            fact.kind == "allergy"
            and fact.concept == "allergy"
            and fact.assertion == "negated"
            and has_allergy
        )
        yield (
            replace(fact, confidence=min(fact.confidence, DOUBTFUL), status="unconfirmed")
            if contradicted
            else fact
        )


def _all(note: Note) -> Iterator[Fact]:
    tables = tables_in(note)
    yield from _safely("tables", partial(results_of, note, tables))
    tabled = [table.span for table in tables]
    rows = list(rows_in(note))
    for line, fields in rows:
        yield from _safely("rows", partial(results_of_row, note, line, fields))
    tabled += [(line.start, line.end) for line, _ in rows]
    yield from _safely("labs", partial(results_in, note, "lab", tabled))
    yield from _safely("vitals", partial(results_in, note, "vital", tabled))
    for reader in (
        drugs,
        allergies,
        conditions,
        family,
        procedures,
        vaccines,
        devices,
        encounters,
        appointments,
        living,
    ):
        yield from _safely(reader.__name__, partial(reader, note))


def _safely(name: str, read: Callable[[], Iterable[Fact]]) -> Iterator[Fact]:
    try:
        yield from read()
    except (
        Exception
    ):  # a record must be read even where one rule meets what nobody foresaw; the text itself is never logged
        _LOG.exception("facts of kind %s could not be read", name)


def _unique(facts: Iterable[Fact], text: str) -> Iterator[Fact]:
    seen: set[str] = set()
    for fact in facts:
        if fact.fact_id not in seen and all(0 <= start < end <= len(text) for start, end in fact.spans):
            seen.add(fact.fact_id)
            yield fact
