"""One caller's reading of the home: every way to a patient's documents passes here, is narrowed to the scope, and is written to the audit.

The audit is written before anything is returned; where it cannot be written, nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from rag.calls import Cancelled
from rag.clinicaltime import bounds
from rag.errors import NotAllowed, NotFound
from rag.pipeline import Pipeline, Question
from rag.retrieve.retriever import Mode
from rag.server.answering import Running
from rag.server.callers import Caller, Permission, permitted
from rag.server.problems import request_id_of
from rag.server.services import Services, services_of
from rag.server.traces import Traced
from rag.stages import heard_by
from rag.store.audit import AuditEntry, Outcome
from rag.store.records import DocumentSummary
from rag.types import AnswerEvent, Coverage, Document, Done, EvidenceFound, Filters, SearchResult

Found = Iterable[tuple[str | None, str]]
"""Pairs of a patient (None: literature) and a document."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A request of a caller who may make it. Its methods are synchronous, but for ``ask``, and run on threads."""

    services: Services
    caller: Caller
    request_id: str
    traced: Traced | None = None

    @property
    def pipeline(self) -> Pipeline:
        """Return the pipeline within the caller's scope."""
        return self.services.opened.pipeline(self.caller.scope)

    def search(self, text: str, *, k: int, filters: Filters, mode: Mode | None = None) -> SearchResult:
        """Rank passages. Raises as ``Pipeline.search`` does."""
        self._check("search", filters)
        with heard_by(self._stage):
            found = self.pipeline.search(text, k=k, filters=filters, mode=mode)
        self.note("search", ((hit.passage.patient_id, hit.passage.doc_id) for hit in found.hits))
        return found

    def ask(self, question: Question, *, use_llm: bool) -> Running:
        """Take a question on; call it on the event loop. Raises as ``Answering.start`` does."""

        def heard(event: AnswerEvent | Exception) -> None:
            if isinstance(event, EvidenceFound):
                self.note("ask", ((item.scored.passage.patient_id, item.scored.passage.doc_id) for item in event.evidence))
            elif isinstance(event, Done):
                self.services.metrics.answered(event.answer)
            elif isinstance(event, Exception):
                self.services.metrics.unanswered("cancelled" if isinstance(event, Cancelled) else "failed")

        start = self.services.answering.start
        return start(self.pipeline, question, self.caller.account_id, use_llm=use_llm, heard=heard, stages=self._stage)

    def check_question(self, filters: Filters) -> None:
        """Raise ``NotAllowed``, and note it, where the filters name a patient outside the scope."""
        self._check("ask", filters)

    def document(self, doc_id: str) -> Document:
        """Return a document. One outside the scope is reported exactly as one that does not exist."""
        try:
            document = self.pipeline.document(doc_id)
        except NotFound:
            if self.services.opened.store.known([doc_id]):
                self.note("read", [(None, doc_id)], "denied")
            raise
        self.note("read", [(document.patient_id, doc_id)])
        return document

    def documents(self, filters: Filters, words: list[str], after: str, limit: int) -> list[DocumentSummary]:
        """Return documents by ascending id whose title, kind, patient and id contain all the words."""
        self._check("list", filters)
        found: list[DocumentSummary] = []
        for summary in self.services.opened.store.list(self.caller.scope.narrow(filters), after):
            shown = f"{summary.title} {summary.kind} {summary.patient_id or ''} {summary.doc_id}".lower()
            if all(word in shown for word in words):
                found.append(summary)
            if len(found) == limit:
                break
        self.note("list", ((one.patient_id, one.doc_id) for one in found))
        return found

    def patients(self) -> dict[str, int]:
        """Return the count of documents of each patient in scope."""
        known = self.services.opened.store.patients()
        shown = {patient: count for patient, count in known.items() if self.caller.scope.allows(patient)}
        self.note("list_patients", [])
        return shown

    def coverage(self, filters: Filters) -> Coverage:
        """Return what a search with these filters would look at: counts and dates, no document."""
        self._check("coverage", filters)
        found = self.services.opened.store.coverage(self.caller.scope.narrow(filters))
        self.note("coverage", [(patient_id, "") for patient_id in sorted(filters.patient_ids or ())])
        return found

    def timeline(self, patient_id: str) -> list[DocumentSummary]:
        """Return a patient's documents, the oldest first, those without a date last.

        Raises:
            NotFound: there are none, or the patient is outside the scope: the two are told alike.
        """
        (patient_id,) = self.services.opened.store.surviving([patient_id])
        allowed = self.caller.scope.allows(patient_id)
        found = list(self.services.opened.store.list(Filters.for_patient(patient_id, literature=False))) if allowed else []
        if not found:
            if not allowed:
                self.note("timeline", [(patient_id, "")], "denied")
            raise NotFound("patient_not_found", patient_id=patient_id)
        self.note("timeline", ((one.patient_id, one.doc_id) for one in found))
        return sorted(found, key=lambda one: (one.authored_at is None, bounds(one.authored_at)[0] if one.authored_at else 0.0, one.doc_id))

    def note(self, action: str, found: Found, outcome: Outcome = "allowed") -> None:
        """Write to the audit what is about to be shown, an entry a patient."""
        by_patient: dict[str | None, set[str]] = {}
        for patient_id, doc_id in found:
            by_patient.setdefault(patient_id, set()).update([doc_id] if doc_id else [])
        entries = [self._entry(action, outcome, patient_id, doc_ids) for patient_id, doc_ids in (by_patient or {None: set()}).items()]
        self.services.audit.write(entries)

    def _stage(self, name: str, milliseconds: float) -> None:
        self.services.metrics.stage(name, milliseconds)
        if self.traced is not None:
            self.traced.stage(name, milliseconds)

    def _entry(self, action: str, outcome: Outcome, patient_id: str | None, doc_ids: set[str]) -> AuditEntry:
        caller = self.caller
        ids = tuple(sorted(doc_ids))
        return AuditEntry(caller.account_id, caller.name, caller.via, action, self.request_id, outcome, patient_id, ids)

    def _check(self, action: str, filters: Filters) -> None:
        try:
            self.caller.scope.narrow(filters)
        except NotAllowed:
            self.note(action, [(patient_id, "") for patient_id in sorted(filters.patient_ids or ())], "denied")
            raise


class ReadingFor:
    """A dependency of a route: the reading of a caller who has this permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission: Permission = permission

    def __call__(self, request: Request) -> Reading:
        """Return the reading.

        Raises:
            NotSignedIn: there is no caller.
            Forbidden: the role does not include the permission.
        """
        return Reading(
            services_of(request), permitted(request, self.permission), request_id_of(request), request.scope.get("traboule.traced")
        )


Reader = Annotated[Reading, Depends(ReadingFor("read"))]
Asker = Annotated[Reading, Depends(ReadingFor("ask"))]
Converser = Annotated[Reading, Depends(ReadingFor("converse"))]
Uploader = Annotated[Reading, Depends(ReadingFor("upload"))]
Deleter = Annotated[Reading, Depends(ReadingFor("delete"))]
ReportReader = Annotated[Reading, Depends(ReadingFor("reports"))]
Curator = Annotated[Reading, Depends(ReadingFor("curate"))]
Auditor = Annotated[Reading, Depends(ReadingFor("audit"))]
