"""One patient's record read as facts: what it states, when what happened, what contradicts itself, and what
was looked at.

Whoever calls has a scope: the filters are narrowed to it before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.access import Scope
from rag.clinical.record.conflicts import RecordConflict, conflicts_in
from rag.clinical.record.events import Event, events_of
from rag.clinical.record.names import area_of, name_of
from rag.core.facts import Fact
from rag.core.times import bounds, is_within
from rag.core.types import Coverage, Filters
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore
from rag.store.inputs import InputStore
from rag.store.records import DocumentSummary, InputRecord

_POOR_OCR = 0.7
"""Mean confidence below which a page that was read from a picture is called poor."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A fact with the words of each of its spans, how its concept is called in the reader's language, and
    what sort of thing that is.
    """

    fact: Fact
    quotes: tuple[str, ...]
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class KindRead:
    """The documents of one kind, and the period that those with a date span."""

    kind: str
    documents: int
    date_from: str | None
    date_to: str | None


@dataclass(frozen=True, slots=True)
class RecordCoverage:
    """What the record holds and what of it could not be read. ``copied_share`` is the share of facts that
    repeat an older document.
    """

    documents: Coverage
    kinds: tuple[KindRead, ...]
    pages: int
    pages_without_text: int
    pages_read_poorly: int
    failed: tuple[InputRecord, ...]
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
    """Reads records of one home, for one scope. Things are named in ``language``, or as the documents write
    them where it is None.
    """

    store: DocumentStore
    scope: Scope
    language: str | None = None

    def facts(
        self, patient_id: str, *, concepts: frozenset[str] | None = None, kinds: frozenset[str] | None = None
    ) -> tuple[Quoted, ...]:
        """Return what a patient's documents state, by document and place.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        found = self._facts(patient_id, concepts, kinds)
        texts = self.store.texts({fact.doc_id for fact in found})
        return tuple(self._quoted(fact, texts[fact.doc_id]) for fact in found if fact.doc_id in texts)

    def pathway(
        self,
        patient_id: str,
        date_from: str | None = None,
        date_to: str | None = None,
        kinds: frozenset[str] | None = None,
    ) -> Pathway:
        """Return a patient's events that may lie in a period, with the conflicts among all facts of the
        record.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        found = self._facts(patient_id, None, None)
        events = events_of(found, lambda fact: name_of(fact, self.language))
        wanted = (event for event in events if kinds is None or event.kind in kinds)
        shown = tuple(event for event in wanted if _may_lie(event, date_from, date_to))
        return Pathway(shown, conflicts_in(found), self._coverage(patient_id, found))

    def coverage(self, patient_id: str) -> RecordCoverage:
        """Say what a patient's record holds, and what of it was not read or only poorly.

        Raises:
            NotAllowed: the patient is outside the scope.
        """
        return self._coverage(patient_id, self._facts(patient_id, None, None))

    def _coverage(self, patient_id: str, found: tuple[Fact, ...]) -> RecordCoverage:
        filters = self._filters(patient_id)
        pages = self.store.pages(filters)
        return RecordCoverage(
            documents=self.store.coverage(filters),
            kinds=_by_kind(self.store.list(filters)),
            pages=len(pages),
            pages_without_text=sum(page.end <= page.start for page in pages),
            pages_read_poorly=sum(page.derived and (page.confidence or 0.0) < _POOR_OCR for page in pages),
            failed=tuple(
                one for one in InputStore(self.store.database).failures() if one.patient_id == patient_id
            ),
            facts=len(found),
            copied_share=_copied_share(found, self.store.texts({fact.doc_id for fact in found})),
        )

    def _quoted(self, fact: Fact, text: str) -> Quoted:
        return Quoted(
            fact,
            tuple(text[start:end] for start, end in fact.spans),
            name_of(fact, self.language),
            area_of(fact),
        )

    def _facts(
        self, patient_id: str, concepts: frozenset[str] | None, kinds: frozenset[str] | None
    ) -> tuple[Fact, ...]:
        return FactStore(self.store.database).facts(self._filters(patient_id), kinds=kinds, concepts=concepts)

    def _filters(self, patient_id: str) -> Filters:
        return self.scope.narrow(Filters.for_patient(patient_id, literature=False))


def _may_lie(event: Event, date_from: str | None, date_to: str | None) -> bool:
    """Tell whether an event may lie in a period: one that lasts does when any part of it may; one without a
    time in no limited one.
    """
    if date_from is None and date_to is None:
        return True
    if event.at is None:
        return False
    start, end = event.at.start or event.at.end, event.at.end
    begins_in_time = date_to is None or (start is not None and bounds(start)[0] <= bounds(date_to)[1])
    return begins_in_time and (end is None or is_within(end, date_from, None))


def _by_kind(summaries: Iterable[DocumentSummary]) -> tuple[KindRead, ...]:
    """Return the documents of each kind, by name."""
    times: dict[str, list[str | None]] = {}
    for one in summaries:
        times.setdefault(one.kind, []).append(one.authored_at)
    return tuple(
        KindRead(
            kind,
            len(of_kind),
            min(filter(None, of_kind), key=lambda iso: bounds(iso)[0], default=None),
            max(filter(None, of_kind), key=lambda iso: bounds(iso)[1], default=None),
        )
        for kind, of_kind in sorted(times.items())
    )


def _copied_share(facts: tuple[Fact, ...], texts: dict[str, str]) -> float:
    """Return the share of facts whose words stand, letter for letter, in a document of the record that is
    older.
    """
    first: dict[tuple[str, str, str], str] = {}
    copied = 0
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at or "9999", fact.doc_id)):
        if fact.doc_id not in texts:
            continue  # erased since the facts were read
        start, end = fact.spans[0]
        line = texts[fact.doc_id][
            texts[fact.doc_id].rfind("\n", 0, start) + 1 : _line_end(texts[fact.doc_id], end)
        ]
        copied += first.setdefault((fact.kind, fact.concept, line), fact.doc_id) != fact.doc_id
    return copied / len(facts) if facts else 0.0


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return found if found >= 0 else len(text)
