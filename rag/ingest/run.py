"""One pass over a list of files: what is new or changed is prepared and written in batches; the books of each
file are closed behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rag.clinical.language import DETECTOR
from rag.core.errors import ParseError, UsageError
from rag.core.protocols import PassageIndex
from rag.core.types import Document
from rag.ingest.ahead import Ahead, Begun
from rag.ingest.editions import Editions, Superseded
from rag.ingest.erase import Eraser
from rag.ingest.identity.desk import Desk
from rag.ingest.identity.settling import OfNobody, Settled, Settler
from rag.ingest.pace import Pace
from rag.ingest.preparation import Preparation
from rag.ingest.report import Counts, FileResult, IngestReport, OnProgress, Progress
from rag.ingest.sources.files import FileReading, Opened, Reader
from rag.ingest.sources.intake import claiming, intake_of
from rag.ingest.sources.paths import FoundFile
from rag.ingest.tally import Tally
from rag.ingest.writing import BatchWriter
from rag.store.documents import DocumentStore
from rag.store.erasures import Tombstones
from rag.store.facts import FactStore
from rag.store.identity.desk import FEED, Proposal
from rag.store.inputs import InputStore
from rag.store.records import NewVersion, Version, file_of
from rag.store.sources import SourceStore

_LITERATURE = "literature"
Admit = Callable[[Document], None]
"""Raises ``ParseError`` for a document that must not be written, e.g. one of a patient whom the uploader may
not read.
"""


def everything(_: Document) -> None:
    """Admit every document."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How files came: by the command line (``FEED``) or a caller's upload, and who may refuse documents.

    ``merges``: what they say of identities is done at once, without the desk. That is never so of uploads.
    ``of_nobody``: what becomes of documents that name no patient.
    """

    origin: str = FEED
    admit: Admit = everything
    merges: bool = False
    of_nobody: OfNobody = "by_form"

    @property
    def literature(self) -> bool:
        """Tell whether all that names no patient is literature."""
        return self.of_nobody == "literature"


class Run:
    """One pass. Use it once."""

    def __init__(
        self,
        store: DocumentStore,
        inputs: InputStore,
        index: PassageIndex,
        sources: SourceStore,
        reader: Reader,
        prepare: Preparation,
        eraser: Eraser,
        writer: BatchWriter,
        arrival: Arrival,
        tombstones: Tombstones,
    ) -> None:
        self._store, self._inputs, self._index, self._sources = store, inputs, index, sources
        self._reader, self._prepare, self._eraser, self._writer = reader, prepare, eraser, writer
        self._arrival, self._trusted = arrival, arrival.origin == FEED
        self._tombstones, self._forbids = tombstones, tombstones.forbidden()
        self._settler = Settler(store, arrival.origin, of_nobody=arrival.of_nobody)
        self._desk = Desk(store, writer, prepare, eraser)
        self._editions = Editions(store, writer, prepare, self._trusted)
        self._stored_facts = FactStore(store.database)
        self._closed: list[Tally] = []
        self._loose_blobs: set[str] = set()
        self._ahead = Ahead((), self._begin, 0)
        self._pace = Pace(())

    def files(self, found: Sequence[FoundFile], progress: OnProgress) -> IngestReport:
        """Read the files found."""
        begun, results = time.perf_counter(), []
        self._desk.finish()
        self._settler.reload()
        self._ahead = Ahead(found, self._begin, self._reader.depth)
        self._pace = Pace(found)
        for number, begun_file in enumerate(self._ahead):
            tally = Tally(str(begun_file.found.path))

            def tell(file: str = tally.file, number: int = number) -> None:
                progress(Progress(file, number, len(found), self._writer.embedded, self._pace.share))

            self._pace.begin(number)
            self._writer.heard = tell
            tell()
            self._file(begun_file, tally)
            results.append(tally)
        self._finish()
        progress(Progress("", len(found), len(found), self._writer.written, 1.0))
        return IngestReport(
            tuple(tally.result() for tally in results), self._writer.written, time.perf_counter() - begun
        )

    def stored(self, progress: OnProgress) -> IngestReport:
        """Write what is stored to the index, as far as it is not there."""
        begun, results = time.perf_counter(), []
        total = self._store.coverage().documents_searched
        for number, summary in enumerate(self._store.list()):
            progress(Progress(summary.doc_id, number, total, self._writer.written, number / max(1, total)))
            document = self._store.whole(summary.doc_id)
            version = self._store.versions([summary.doc_id]).get(summary.doc_id)
            if document is not None and version is not None:
                results.append(FileResult(summary.doc_id, self._rewrite(document, version)))
        self._writer.flush()
        return IngestReport(tuple(results), self._writer.written, time.perf_counter() - begun)

    def _rewrite(self, document: Document, version: Version) -> Counts:
        claims, trusted = self._desk.identities.claims_of(document.doc_id, "ready")
        prepared = self._prepare(claiming(document, *claims), version.blob, version, trusted)
        if prepared.is_rewrite:
            self._stored_facts.replace(document.doc_id, prepared.revision, prepared.document.facts)
        if prepared.is_rewrite and {
            passage.passage_id for passage in prepared.passages
        } == self._index.passage_ids(document.doc_id):
            return Counts(unchanged=1)
        self._writer.add(prepared)
        return Counts(updated=1)

    def _begin(self, found: FoundFile) -> Begun:
        """Look at a file, and have it read if it is new or changed."""
        if found.problem:
            return Begun(found, problem=found.problem)
        opened = None
        try:
            opened = self._reader.open(found.path, literature=self._arrival.literature)
            if self._is_unchanged(opened):
                return Begun(found, opened)
            blob = self._reader.keep(opened)
        except ParseError as error:
            return Begun(found, opened, problem=error)
        return Begun(found, opened, blob, self._reader.begin(opened, blob))

    def _file(self, begun: Begun, tally: Tally) -> None:
        if begun.found.problem:
            tally.fail(begun.found.problem)
            return
        tally.uri = begun.found.path.as_uri()
        if begun.opened is not None:
            tally.open(begun.opened, self._fingerprint(begun.opened))
        if begun.problem is not None:
            tally.patient_id = tally.patient_id or self._reader.patient_of(begun.found.path)
            tally.fail(begun.problem)
            self._close(tally)
        elif begun.reading is None:
            tally.counts = Counts(unchanged=len(self._store.by_source(tally.uri)))
        else:
            self._read(begun.reading, begun.blob, tally)

    def _read(self, reading: FileReading, blob: str | None, tally: Tally) -> None:
        if blob:
            self._loose_blobs.add(blob)
        try:
            for item in reading.items(tally.warn, self._writer.heard):
                self._pace.read(len(item.text) if isinstance(item, Document) else 0)
                self._item(item, blob, tally)
        finally:
            reading.drop()
        self._close(tally)

    def _fingerprint(self, opened: Opened) -> str:
        parts = (
            opened.parser,
            self._prepare.chunker.fingerprint,
            DETECTOR,
            self._prepare.facts.version,
            self._index.version,
        )
        return "|".join((*parts, *self._reader.house, *([_LITERATURE] if self._arrival.literature else [])))

    def _is_unchanged(self, opened: Opened) -> bool:
        known = self._inputs.get(opened.uri)
        fingerprint = self._fingerprint(opened)
        same = {fingerprint, f"{fingerprint}|{_LITERATURE}"}  # what was said to be literature once stays so
        if (
            known is None
            or known.status != "done"
            or known.digest != opened.digest
            or known.fingerprint not in same
        ):
            return False
        stored = self._store.by_source(opened.uri).keys() | self._store.held_from(opened.uri).keys()
        return len(stored) == known.documents  # fewer when some were forgotten, or taken over by another file

    def _item(self, item: Document | ParseError, blob: str | None, tally: Tally) -> None:
        try:
            if isinstance(item, ParseError):
                raise item
            self._document(item, blob, tally)
        except Superseded as error:
            tally.warn(ParseError(error.key, **error.variables))
        except ParseError as error:
            tally.fail(error)

    def _document(self, document: Document, blob: str | None, tally: Tally) -> None:
        doc_id = document.doc_id
        if doc_id in tally.seen:
            raise ParseError("document_id_twice", file=tally.file, doc_id=doc_id)
        if self._was_erased(document):
            tally.leave_out()
            return
        settled = self._settled(document, tally)
        document = settled.document
        version = self._store.versions([doc_id]).get(doc_id)
        self._check_owner(doc_id, version, tally)
        if settled.is_held:
            tally.saw(document)
            self._hold(settled, blob, tally)
            return
        document = self._editions.settled(document, tally.file, tally.warn)
        tally.saw(document)
        prepared = self._prepare(document, blob, version, self._trusted)
        if prepared.is_rewrite and version is not None:
            if (version.source_file, version.blob) != (tally.uri, blob):
                self._store.relocate(doc_id, document.source, blob)
                self._release(version)
            is_new = self._stored_facts.replace(doc_id, prepared.revision, prepared.document.facts)
            tally.count(updated=1) if is_new else tally.count(unchanged=1)
            return
        self._release(version)
        tally.count(updated=1) if version else tally.count(added=1)
        if self._writer.add(prepared):
            self._settle_closed()

    def _was_erased(self, document: Document) -> bool:
        """Tell whether a document was erased for good. One that somebody sends again is meant to be here, but
        not where its patient was erased.
        """
        kind = self._forbids(document, [self._settler.survivor(document.patient_id)])
        if kind is not None and kind != "patient" and not self._trusted:
            self._tombstones.lift("document", document.doc_id)
            return False
        return kind is not None

    def _settled(self, document: Document, tally: Tally) -> Settled:
        """Return a document under the id where it goes, if all that it touches is admitted; the identity desk
        is told what it says of ids.

        Raises:
            ParseError: it is refused, or says of an id that it is itself.
        """
        intake = intake_of(document)
        for named in {document.patient_id, intake.linked_id or document.patient_id}:
            self._arrival.admit(replace(document, patient_id=self._settler.survivor(named)))
        if intake.linked_id and intake.linked_id == document.patient_id:
            raise ParseError("merge_same_patient", file=tally.file)
        settled = self._settler.settle(document)
        self._arrival.admit(settled.document)
        return self._told(document, settled, tally) if settled.proposals and self._trusted else settled

    def _told(self, document: Document, settled: Settled, tally: Tally) -> Settled:
        """Warn of what the desk was asked; where the settings say so, do it at once."""
        joined = [
            proposal for proposal in settled.proposals if self._arrival.merges and self._join(proposal, tally)
        ]
        for proposal in settled.proposals:
            if proposal not in joined:
                ids = {"old": proposal.old_id, "new": proposal.new_id, "id": proposal.proposal_id}
                tally.warn(ParseError("identity_proposed", file=tally.file, **ids))
        return self._settler.settle(document) if joined else settled

    def _join(self, proposal: Proposal, tally: Tally) -> bool:
        if proposal.reason == "conflict" or proposal.origin != FEED:
            return False
        self._writer.flush()  # what waits may be of the old id
        try:
            decided = self._desk.join(proposal, "ingest")
        except UsageError as error:
            tally.warn(ParseError(error.key, **error.variables))
            return False
        tally.count(updated=len(decided.moved) + len(decided.released))
        self._settler.reload()
        return True

    def _hold(self, settled: Settled, blob: str | None, tally: Tally) -> None:
        """Keep a document in quarantine. The sender learns that it waits, and nothing of other patients."""
        document = settled.document
        revision = self._prepare.held_revision(document)
        if self._store.held_from(tally.uri).get(document.doc_id) != revision:
            draft = NewVersion(document, revision, 0, blob, intake_of(document).claims, self._trusted)
            self._store.hold(draft, settled.other_id, self._arrival.origin, settled.reason)
        tally.count(held=1)
        key = "identity_held" if settled.reason == "identity" else "document_quarantined"
        tally.warn(ParseError(key, file=tally.file, doc_id=document.doc_id))

    def _check_owner(self, doc_id: str, version: Version | None, tally: Tally) -> None:
        """Refuse an id that another file declares, unless that file is gone: then this one takes its
        place.
        """
        waiting = self._writer.waiting(doc_id)
        owner = (
            file_of(waiting.document.source.uri) if waiting else version.source_file if version else tally.uri
        )
        if owner != tally.uri and _still_exists(owner):
            raise ParseError("document_id_taken", file=tally.file, doc_id=doc_id, other=_path_of(owner))

    def _release(self, version: Version | None) -> None:
        if version and version.blob:
            self._loose_blobs.add(version.blob)

    def _close(self, tally: Tally) -> None:
        self._closed.append(tally)
        if not self._writer.holds_any():
            self._settle_closed()

    def _finish(self) -> None:
        self._writer.flush()
        self._settle_closed()

    def _settle_closed(self) -> None:
        """Close the books of files whose documents are all visible now."""
        self._remove(self._editions.take_gone())
        for tally in self._closed:
            if tally.is_whole:
                self._remove_gone(tally)
            tally.patient_id = self._settler.survivor(tally.patient_id)  # a merge may have come since
        self._inputs.delete(tally.uri for tally in self._closed if tally.has_erased)
        self._inputs.put_all([tally.record() for tally in self._closed if not tally.has_erased])
        for tally in self._closed:
            tally.seen.clear()  # the report needs the counts alone, and a file may hold a million records
        self._closed.clear()
        waiting = self._ahead.blobs()
        self._sources.sweep(self._loose_blobs - waiting)
        self._loose_blobs &= waiting

    def _remove_gone(self, tally: Tally) -> None:
        read = self._store.by_source(tally.uri)
        gone = (read.keys() | self._store.held_from(tally.uri).keys()) - tally.seen
        self._remove(gone)
        tally.count(removed=len(gone))

    def _remove(self, gone: Collection[str]) -> None:
        """Remove documents that their file no longer holds, or that newer editions replaced."""
        if gone:
            blobs = [version.blob for version in self._store.versions(gone).values() if version.blob]
            self._store.delete_all(gone)
            self._eraser.reconcile(gone)
            self._loose_blobs.update(blobs)


def _path_of(uri: str) -> str:
    return url2pathname(urlsplit(uri).path)


def _still_exists(uri: str) -> bool:
    return uri.startswith("file:") and Path(_path_of(uri)).exists()
