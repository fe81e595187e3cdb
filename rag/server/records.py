"""What one caller reads of a patient's record: its documents in time, its facts, its care pathway, and what
of it was looked at.

A patient outside the scope is told exactly as one who is unknown, and the refusal is in the audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from rag.core.errors import NotFound
from rag.core.facts import FactKind
from rag.core.times import bounds, is_within
from rag.core.types import Filters
from rag.record import Pathway, Quoted, RecordCoverage, RecordReader
from rag.server.identity.callers import Caller
from rag.server.identity.veil import Veil
from rag.store.documents import DocumentStore
from rag.store.people.audit_entries import AuditNote
from rag.store.records import DocumentSummary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a record is asked for: facts of some kinds and concepts (None: any), events that may lie in a
    period.
    """

    kinds: frozenset[FactKind] | None = None
    concepts: frozenset[str] | None = None
    date_from: str | None = None
    date_to: str | None = None


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """The records that one caller may read, things named in ``_language``. Every method is synchronous and
    runs on a thread.
    """

    _store: DocumentStore
    _caller: Caller
    _note: AuditNote
    _language: str | None = None
    _veil: Veil | None = None

    def timeline(self, patient_id: str, wanted: Wanted) -> tuple[list[DocumentSummary], Pathway]:
        """Return a patient's documents and events of a period, the oldest first, those without a date last
        (in no limited period).

        Raises:
            NotFound: the patient has no document, or is outside the scope.
        """
        patient_id, found = self._documents("timeline", patient_id)
        pathway = self._reader.pathway(patient_id, wanted.date_from, wanted.date_to, wanted.kinds)
        self._note("timeline", ((one.patient_id, one.doc_id) for one in found))
        in_period = (one for one in found if is_within(one.authored_at, wanted.date_from, wanted.date_to))
        return self._shown((sorted(in_period, key=_time_of), pathway), patient_id)

    def facts(self, patient_id: str, wanted: Wanted) -> tuple[Quoted, ...]:
        """Return what a patient's documents state, by document and place. Raises as ``timeline`` does."""
        patient_id, _ = self._documents("facts", patient_id)
        found = self._reader.facts(patient_id, concepts=wanted.concepts, kinds=wanted.kinds)
        self._note("facts", [(patient_id, ""), *((one.fact.patient_id, one.fact.doc_id) for one in found)])
        return self._shown(found, patient_id)

    def coverage(self, patient_id: str) -> RecordCoverage:
        """Return what there is of a patient, and what of it could not be read. Raises as ``timeline``
        does.
        """
        patient_id, _ = self._documents("record_coverage", patient_id)
        found = self._reader.coverage(patient_id)
        self._note("record_coverage", [(patient_id, "")])
        return self._shown(found, patient_id)

    def _shown(self, value: T, patient_id: str) -> T:
        return value if self._veil is None else self._veil.value(value, [patient_id])

    @property
    def _reader(self) -> RecordReader:
        return RecordReader(self._store, self._caller.scope, self._language)

    def _documents(self, action: str, patient_id: str) -> tuple[str, list[DocumentSummary]]:
        """Return under which id a patient's documents are, after all merges, and the documents."""
        asked = patient_id
        (patient_id,) = self._store.surviving([asked])
        allowed = self._caller.scope.allows(patient_id)
        filters = Filters.for_patient(patient_id, literature=False)
        found = list(self._store.list(self._caller.scope.narrow(filters))) if allowed else []
        if not found:
            if not allowed:
                self._note(action, [(patient_id, "")], "denied")
            raise NotFound("patient_not_found", patient_id=asked)
        return patient_id, found


def _time_of(one: DocumentSummary) -> tuple[bool, float, str]:
    return one.authored_at is None, bounds(one.authored_at)[0] if one.authored_at else 0.0, one.doc_id
