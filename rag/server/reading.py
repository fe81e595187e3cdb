"""One caller's reading of the home, the one door to documents: every way to a patient's documents passes
here, is narrowed to the scope, and is written to the audit.

The audit is written before anything is returned; where it cannot be written, nothing is shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from rag.answer.sought import StatedFilter
from rag.core.calls import Cancelled
from rag.core.errors import NotAllowed, NotFound
from rag.core.pictures import ImageInfo, Window
from rag.core.places import Box
from rag.core.stages import heard_by
from rag.core.traits import Traits
from rag.core.types import AnswerEvent, Coverage, Document, Done, EvidenceFound, Filters, SearchResult
from rag.home import Forgotten
from rag.pipeline import Pipeline, Question
from rag.retrieve.retriever import Mode
from rag.server.answers.conversations import OwnConversations
from rag.server.answers.permission import StillAllowed
from rag.server.answers.questions import Heard, RunningQuestion, Still, Waiting
from rag.server.desk import CallersDesk
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Again, Caller
from rag.server.identity.emergencies import CallersEmergencies
from rag.server.images import CallersImages
from rag.server.monitoring.traces import Traced
from rag.server.records import OwnRecords
from rag.server.reports import ReportFolder, StoredReport
from rag.server.services import Services
from rag.server.uploads.own import OwnUploads
from rag.server.uploads.quarantine import OwnQuarantine
from rag.store.people.audit_entries import Accessor, AuditEntry, Detail, Outcome
from rag.store.people.cohorts import Cohort, Split, count_cohort
from rag.store.records import DocumentSummary

P = ParamSpec("P")
T = TypeVar("T")
Access = tuple[str | None, str]
"""A patient (None: literature) and a document."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A request of a caller who may make it. Its methods are synchronous, except for ``run`` and ``ask``, and
    run on threads."""

    _services: Services
    caller: Caller
    request_id: str
    traced: Traced | None = None
    address: str = ""
    again: Again | None = None

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a synchronous function on a thread. Raises ``TooBusy`` where too much waits already."""
        return await self._services.threads.run(function, *args, **kwargs)

    @property
    def conversations(self) -> OwnConversations:
        """Return the caller's conversations."""
        return OwnConversations(
            self._services.conversations, self._services.opened.store, self.caller, self.note
        )

    @property
    def uploads(self) -> OwnUploads:
        """Return the caller's uploads."""
        most = self._services.settings.server.max_upload_files
        return OwnUploads(self._services.inbox, self.caller, self.note, self._services.demo, most)

    @property
    def quarantine(self) -> OwnQuarantine:
        """Return what waits because it names no patient, as far as the caller may see it."""
        return OwnQuarantine(self._services.opened, self.caller, self.note)

    def records(self, language: str | None = None) -> OwnRecords:
        """Return the records that the caller may read, things named in a language or as the documents write
        them.
        """
        veil = self._services.veil if self.is_veiled else None
        return OwnRecords(self._services.opened.store, self.caller, self.note, language, veil)

    @property
    def images(self) -> CallersImages:
        """Return the pictures that the caller may see: of articles alone where records are veiled, since
        pictures cannot be.
        """
        scope = self.caller.scope
        scope = replace(scope, patient_ids=frozenset()) if self.is_veiled else scope
        return CallersImages(self._services.opened.pictures(scope), self.note)

    @property
    def desk(self) -> CallersDesk:
        """Return the identity desk, as far as the caller may decide there."""
        return CallersDesk(
            self._services.opened, self.caller, self.note, self._services.identities.forget_scopes
        )

    @property
    def emergencies(self) -> CallersEmergencies:
        """Return emergency access, as far as the caller may open, see and review it."""
        services = self._services
        return CallersEmergencies(
            services.identities.access,
            services.opened.store,
            services.identities,
            self.caller,
            self.note,
            self.address,
            services.settings.server.emergency_hours,
        )

    @property
    def reports(self) -> ReportFolder:
        """Return the evaluation reports of the home."""
        return ReportFolder(self._services.home / "reports")

    def search(
        self,
        text: str,
        *,
        k: int,
        filters: Filters,
        mode: Mode | None = None,
        stated: StatedFilter = StatedFilter(),
    ) -> SearchResult:
        """Rank passages. Raises as ``Pipeline.search`` does."""
        self._check("search", filters)
        text = self._words(text, filters)
        with heard_by(self._stage):
            found = self._pipeline.search(text, k=k, filters=filters, mode=mode, stated=stated)
        passages = ((hit.passage.patient_id, hit.passage.doc_id) for hit in found.hits)
        self.note("search", passages, "allowed", self._services.settings.models_told())
        return self._shown(found, (hit.passage.patient_id for hit in found.hits))

    def ask(self, question: Question, *, use_llm: bool | None) -> RunningQuestion:
        """Take a question on; call it on the event loop. Raises as ``Questions.start`` does."""
        metrics = self._services.metrics

        def heard(event: AnswerEvent | Exception) -> None:
            if isinstance(event, EvidenceFound):
                passages = (item.scored.passage for item in event.evidence)
                named = ((passage.patient_id, passage.doc_id) for passage in passages)
                self.note("ask", named, "allowed", self._services.settings.models_told(use_llm))
            elif isinstance(event, Done):
                metrics.answered(event.answer)
            elif isinstance(event, Exception):
                metrics.unanswered("cancelled" if isinstance(event, Cancelled) else "failed")

        pipeline = self._pipeline
        question = replace(question, text=self._words(question.text, question.filters))
        if self._is_written(use_llm) and (opposed := self._services.identities.access.opposed("ai")):
            if (question.filters.patient_ids or frozenset()) & opposed:
                use_llm = False  # word for word: no model that writes sees the record
            else:
                pipeline = self._services.opened.pipeline(self.caller.scope.without(opposed))
        return self._services.questions.start(
            pipeline,
            question,
            self.caller.account_id,
            use_llm=use_llm,
            heard=heard,
            stages=self._stage,
            permit=self._permit(question.filters),
            veil=self._events_veiled() if self.is_veiled else None,
        )

    def check_question(self, filters: Filters) -> None:
        """Raise ``NotAllowed``, and note it, where the filters name a patient outside the scope."""
        self._check("ask", filters)

    def document(self, doc_id: str) -> Document:
        """Return a document. One outside the scope is reported exactly as one that does not exist, and both
        are written to the audit; how long either takes is not made equal.
        """
        try:
            document = self._pipeline.document(doc_id)
        except NotFound:
            self.note("read", [(None, doc_id)], "denied")
            raise
        self.note("read", [(document.patient_id, doc_id)])
        return self._services.veil.document(document) if self.is_veiled else document

    def page_png(self, doc_id: str, number: int, start: int | None, end: int | None, scale: float) -> bytes:
        """Return a page as PNG, marked. Raises as ``document`` and ``Views.page_png`` do."""
        self._picture(doc_id)
        return self._services.opened.views.page_png(doc_id, number, start, end, scale)

    def page_boxes(
        self, doc_id: str, number: int, start: int | None, end: int | None
    ) -> tuple[int, tuple[Box, ...]]:
        """Return the number of pages, and where ``[start:end)`` stands on one. Raises as ``document`` and
        ``Views`` do."""
        self._picture(doc_id)
        views = self._services.opened.views
        boxes = () if start is None or end is None else views.page_boxes(doc_id, number, start, end)
        return views.page_count(doc_id), boxes

    def image(self, doc_id: str, frame: int, window: Window | None, longest: int | None = None) -> bytes:
        """Return a frame of an image as PNG. Raises as ``document`` and ``Views.image_png`` do."""
        self._picture(doc_id)
        return self._services.opened.views.image_png(doc_id, frame, window, longest)

    def image_info(self, doc_id: str) -> ImageInfo:
        """Return what there is to show of an image. Raises as ``document`` and ``Views.image_info`` do."""
        self._picture(doc_id)
        return self._services.opened.views.image_info(doc_id)

    def erase(self, doc_id: str) -> Forgotten:
        """Erase a document everywhere in the home.

        Raises:
            NotFound: there is none that the caller may read.
            Forbidden: it is of no patient, and the role does not include the literature.
        """
        document = self.document(doc_id)
        if document.patient_id is None and "curate" not in self.caller.permissions:
            raise Forbidden("role_not_allowed", permission="curate")
        self.note("delete", [(document.patient_id, doc_id)])
        return self._services.opened.forget(doc_ids=[doc_id])

    def documents(self, filters: Filters, words: list[str], after: str, limit: int) -> list[DocumentSummary]:
        """Return documents by ascending id whose title, kind, patient and id contain all the words."""
        self._check("list", filters)
        found: list[DocumentSummary] = []
        for summary in self._services.opened.store.list(self.caller.scope.narrow(filters), after):
            shown = f"{summary.title} {summary.kind} {summary.patient_id or ''} {summary.doc_id}".lower()
            if all(word in shown for word in words):
                found.append(summary)
            if len(found) == limit:
                break
        self.note("list", ((one.patient_id, one.doc_id) for one in found))
        return [self._shown(one, [one.patient_id]) for one in found]

    def patients(self) -> dict[str, int]:
        """Return the count of documents of each patient in scope."""
        known = self._services.opened.store.patients()
        shown = {patient: count for patient, count in known.items() if self.caller.scope.allows(patient)}
        self.note("list_patients", [])
        return shown

    def traits(self) -> dict[str, Traits]:
        """Return who the patients in scope are, as far as their documents say; nothing to a researcher."""
        if self.is_veiled:
            return {}
        filters = self.caller.scope.narrow(Filters(literature=False))
        return self._services.opened.traits.of_patients(filters)

    def coverage(self, filters: Filters) -> Coverage:
        """Return what a search with these filters would look at: counts and dates, no document."""
        self._check("coverage", filters)
        found = self._services.opened.store.coverage(self.caller.scope.narrow(filters))
        self.note("coverage", [(patient_id, "") for patient_id in sorted(filters.patient_ids or ())])
        return self._shown(found, filters.patient_ids or ())

    def cohort(self, concept: str, by: Split | None) -> Cohort:
        """Count the patients in scope of whom a concept is stated; small counts are withheld."""
        self.note("cohort", [], "allowed", {"concept": concept[:80]})
        services = self._services
        least = services.settings.server.least_count
        return count_cohort(services.opened.store, self.caller.scope, concept, by, least)

    def audit_entries(
        self, *, patient_id: str | None, account: str | None, before: int | None, limit: int
    ) -> list[AuditEntry]:
        """Return who read what, the latest first. Reading the audit is in the audit."""
        self.note("audit_read", [] if patient_id is None else [(patient_id, "")])
        return self._services.audit.entries(
            patient_id=patient_id, account=account, before=before, limit=limit
        )

    def stored_reports(self) -> list[StoredReport]:
        """Return the evaluation reports that quote nobody out of the caller's scope, the latest first."""
        return [one for one in self.reports.all() if self._may_show(one)]

    def report(self, name: str, file: str) -> bytes:
        """Return a file of an evaluation report. One that quotes a patient out of scope, or does not say whom
        it quotes, is reported exactly as one that does not exist: ``NotFound``.
        """
        told = {"report": name[:100], "file": file}
        found = self.reports.one(name)
        quoted = [(patient, "") for patient in sorted(found.patients or ())]
        if not self._may_show(found):
            self.note("report", quoted, "denied", told)
            raise NotFound("report_not_found", name=name[:100])
        self.note("report", quoted, "allowed", told)
        return self.reports.content(name, file)

    def _may_show(self, report: StoredReport) -> bool:
        if report.patients is None:
            return self.caller.scope.patient_ids is None
        return all(map(self.caller.scope.allows, self._services.opened.store.surviving(report.patients)))

    def note(
        self,
        action: str,
        found: Iterable[Access],
        outcome: Outcome = "allowed",
        detail: Detail | None = None,
    ) -> None:
        """Write to the audit what is about to be shown, an entry a patient."""
        caller = self.caller
        accessor = Accessor(caller.account_id, caller.name, caller.via, self.request_id, self.address)
        self._services.audit.write(accessor.entries(action, found, outcome, detail))

    @property
    def is_veiled(self) -> bool:
        """Tell whether the caller sees records without who they are about."""
        return self.caller.role == "researcher"

    def _words(self, text: str, filters: Filters) -> str:
        if not self.is_veiled:
            return text
        whom = self.caller.scope.narrow(filters).patient_ids
        return self._services.veil.words(text, whom)

    def _shown(self, value: T, patients: Iterable[str | None]) -> T:
        return self._services.veil.value(value, patients) if self.is_veiled else value

    def _picture(self, doc_id: str) -> None:
        """Read a document of which a picture is to be shown. Raises as ``document``, and ``Forbidden`` where
        the picture may show who it is.
        """
        document = self.document(doc_id)
        if self.is_veiled and document.patient_id is not None:
            raise Forbidden("picture_not_veiled")

    def _events_veiled(self) -> Callable[[Heard], Awaitable[Heard]]:
        patients: set[str | None] = set()

        async def veiled(heard: Heard) -> Heard:
            if isinstance(heard, Waiting | Still):
                return heard
            if isinstance(heard, EvidenceFound):
                patients.update(item.scored.passage.patient_id for item in heard.evidence)
            if isinstance(heard, Done):
                patients.add(heard.answer.coverage.patient_id)
                answer = await self.run(self._services.veil.value, heard.answer, set(patients))
                return replace(heard, answer=answer)
            return await self.run(self._services.veil.value, heard, set(patients))

        return veiled

    def _is_written(self, use_llm: bool | None) -> bool:
        """Tell whether a language model would see the evidence of a question."""
        services = self._services
        writes = services.opened.stages.answer_mode != "quote" if use_llm is None else use_llm
        return writes or services.settings.answer.translate_seconds > 0

    def _permit(self, filters: Filters) -> StillAllowed | None:
        if self.again is None:
            return None
        return StillAllowed(self.caller, filters, self.again, self._services.signing.run)

    @property
    def _pipeline(self) -> Pipeline:
        return self._services.opened.pipeline(self.caller.scope)

    def _stage(self, name: str, milliseconds: float) -> None:
        self._services.metrics.stage(name, milliseconds)
        if self.traced is not None:
            self.traced.stage(name, milliseconds)

    def _check(self, action: str, filters: Filters) -> None:
        try:
            self.caller.scope.narrow(filters)
        except NotAllowed:
            self.note(
                action, [(patient_id, "") for patient_id in sorted(filters.patient_ids or ())], "denied"
            )
            raise
