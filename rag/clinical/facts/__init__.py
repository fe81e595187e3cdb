"""Facts stated by the running text of a record, in French and English, by rules and the table of concepts; no model.

One file a kind. Every fact quotes the text exactly; what is another person's, a limit, an aim or a condition is no fact of the patient; what is
doubtful (an abbreviation of two meanings, a block of another patient) has a confidence below 0.5 and the status ``unconfirmed``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from rag.clinical.facts.allergies import allergies
from rag.clinical.facts.conditions import conditions
from rag.clinical.facts.devices import devices
from rag.clinical.facts.drugs import drugs
from rag.clinical.facts.encounters import appointments, encounters
from rag.clinical.facts.family import family
from rag.clinical.facts.living import living
from rag.clinical.facts.note import Note, read_note
from rag.clinical.facts.procedures import procedures
from rag.clinical.facts.results import results_in
from rag.clinical.facts.tables import results_of, tables_in
from rag.core.facts import Fact
from rag.core.types import Section

_LOG = logging.getLogger(__name__)

__all__ = ["extract"]


def extract(
    text: str, *, sections: Sequence[Section] = (), language: str = "fr", kind: str = "", title: str = "", authored_at: str | None = None
) -> tuple[Fact, ...]:
    """Return what a text states, in order of place, ``doc_id`` and ``patient_id`` left empty.

    ``language`` is that of the document; sentences in the other one are read as such. ``authored_at`` (ISO 8601, any precision) is what relative
    times count from. No text makes it raise: a kind that fails on a text gives none of its facts, and the log says which.
    """
    if not text.strip():
        return ()
    note = read_note(text, sections, language, kind, title, authored_at)
    return tuple(_unique(sorted(_without_parts(list(_all(note))), key=lambda fact: (fact.spans[0], fact.kind)), text))


def _without_parts(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out what is no illness but part of a result: ``hémolysé`` of a sample, ``albumine`` in the urine."""
    results = [fact.spans[0] for fact in facts if fact.kind in ("lab", "vital")]
    for fact in facts:
        start, end = fact.spans[0]
        if fact.kind not in ("condition", "family") or not any(first <= start and end <= last for first, last in results):
            yield fact


def _all(note: Note) -> Iterator[Fact]:
    tables = tables_in(note)
    yield from _safely("tables", lambda: results_of(note, tables))
    tabled = [table.span for table in tables]
    yield from _safely("labs", lambda: results_in(note, "lab", tabled))
    yield from _safely("vitals", lambda: results_in(note, "vital", tabled))
    for reader in (drugs, allergies, conditions, family, procedures, devices, encounters, appointments, living):
        yield from _safely(reader.__name__, lambda reader=reader: reader(note))  # type: ignore[misc]


def _safely(name: str, read: object) -> Iterator[Fact]:
    try:
        yield from list(read())  # type: ignore[operator]
    except Exception:  # a record must be read even where one rule meets what nobody foresaw; the text itself is never logged
        _LOG.exception("facts of kind %s could not be read", name)


def _unique(facts: Iterable[Fact], text: str) -> Iterator[Fact]:
    seen: set[str] = set()
    for fact in facts:
        if fact.fact_id not in seen and all(0 <= start < end <= len(text) for start, end in fact.spans):
            seen.add(fact.fact_id)
            yield fact
