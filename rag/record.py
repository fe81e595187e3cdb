"""One patient's record read as facts: what it states, when what happened, what contradicts itself, and what was looked at.

Whoever calls has a scope: the filters are narrowed to it before anything is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from rag.access import Scope
from rag.clinical.record.conflicts import RecordConflict, conflicts_in
from rag.clinical.record.events import Event, events_of
from rag.core.facts import Fact
from rag.core.times import bounds, is_within
from rag.core.types import Coverage, Filters
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore
from rag.store.inputs import InputStore

_POOR_OCR = 0.7
"""Mean confidence below which a page that was read from a picture is called poor."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A fact with the words of each of its spans."""

    fact: Fact
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordCoverage:
    """What the record holds and what of it could not be read. ``copied_share`` is the share of facts that repeat an older document."""

    documents: Coverage
    pages: int
    pages_without_text: int
    pages_read_poorly: int
    failed_files: int
    facts: int
    copied_share: float


@dataclass(frozen=True, slots=True)
class Pathway:
    """The care pathway: events, the oldest first, what contradicts itself, and what was looked at."""

    events: tuple[Event, ...]
    conflicts: tuple[RecordConflict, ...]
    coverage: RecordCoverage


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads records of one home, for one scope."""

    store: DocumentStore
    scope: Scope

    def facts(self, patient_id: str, *, concepts: frozenset[str] | None = None, kinds: frozenset[str] | None = None) -> tuple[Quoted, ...]:
        """Return what a patient's documents state, by document and place.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        found = self._facts(patient_id, concepts, kinds)
        texts = self.store.texts({fact.doc_id for fact in found})
        return tuple(Quoted(fact, tuple(texts[fact.doc_id][start:end] for start, end in fact.spans)) for fact in found)

    def pathway(
        self, patient_id: str, date_from: str | None = None, date_to: str | None = None, kinds: frozenset[str] | None = None
    ) -> Pathway:
        """Return a patient's events that may lie in a period, with the conflicts among all facts of the record.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        found = self._facts(patient_id, None, None)
        events = events_of((fact for fact in found if kinds is None or fact.kind in kinds), lambda fact: fact.label)
        shown = tuple(event for event in events if _may_lie(event, date_from, date_to))
        return Pathway(shown, conflicts_in(found), self.coverage(patient_id))

    def coverage(self, patient_id: str) -> RecordCoverage:
        """Say what a patient's record holds, and what of it was not read or only poorly.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        filters = self._filters(patient_id)
        documents = [document for summary in self.store.list(filters) if (document := self.store.get(summary.doc_id))]
        pages = list(chain.from_iterable(document.pages for document in documents))
        found = self._facts(patient_id, None, None)
        failed = [one for one in InputStore(self.store.database).failures() if one.patient_id == patient_id]
        return RecordCoverage(
            documents=self.store.coverage(filters),
            pages=len(pages),
            pages_without_text=sum(page.end <= page.start for page in pages),
            pages_read_poorly=sum(page.derived and (page.confidence or 0.0) < _POOR_OCR for page in pages),
            failed_files=len(failed),
            facts=len(found),
            copied_share=_copied_share(found, self.store.texts({fact.doc_id for fact in found})),
        )

    def _facts(self, patient_id: str, concepts: frozenset[str] | None, kinds: frozenset[str] | None) -> tuple[Fact, ...]:
        return FactStore(self.store.database).facts(self._filters(patient_id), kinds=kinds, concepts=concepts)

    def _filters(self, patient_id: str) -> Filters:
        return self.scope.narrow(Filters.for_patient(patient_id, literature=False))


def _may_lie(event: Event, date_from: str | None, date_to: str | None) -> bool:
    """Tell whether an event may lie in a period: one that lasts does when any part of it may; one without a time in no limited one."""
    if date_from is None and date_to is None:
        return True
    if event.at is None:
        return False
    start, end = event.at.start or event.at.end, event.at.end
    begins_in_time = date_to is None or (start is not None and bounds(start)[0] <= bounds(date_to)[1])
    return begins_in_time and (end is None or is_within(end, date_from, None))


def _copied_share(facts: tuple[Fact, ...], texts: dict[str, str]) -> float:
    """Return the share of facts whose words stand, letter for letter, in a document of the record that is older."""
    first: dict[tuple[str, str, str], str] = {}
    copied = 0
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at or "9999", fact.doc_id)):
        start, end = fact.spans[0]
        line = texts[fact.doc_id][texts[fact.doc_id].rfind("\n", 0, start) + 1 : _line_end(texts[fact.doc_id], end)]
        copied += first.setdefault((fact.kind, fact.concept, line), fact.doc_id) != fact.doc_id
    return copied / len(facts) if facts else 0.0


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return found if found >= 0 else len(text)
