"""One pass over a list of files: what is new or changed is prepared and written in batches; the books of each file are closed behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rag.clinical.language import DETECTOR
from rag.core.errors import ParseError
from rag.core.protocols import PassageIndex
from rag.core.types import Document
from rag.ingest.ahead import Ahead, Begun
from rag.ingest.erase import Eraser
from rag.ingest.facts import FactReader
from rag.ingest.merging import Merger
from rag.ingest.pace import Pace
from rag.ingest.passages import Chunker
from rag.ingest.report import Counts, FileResult, IngestReport, OnProgress, Progress
from rag.ingest.sources.files import Opened, Reader, Reading, revision_of
from rag.ingest.sources.intake import intake_of, is_newer
from rag.ingest.sources.paths import Found
from rag.ingest.tally import Tally
from rag.ingest.writing import BatchWriter, Prepared
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore
from rag.store.inputs import InputStore
from rag.store.records import Version, file_of
from rag.store.sources import SourceStore

Admit = Callable[[Document], None]
"""Raises ``ParseError`` for a document that must not be written, e.g. one of a patient whom the uploader may not read."""


def everything(_: Document) -> None:
    """Admit every document."""


class Run:
    """One pass. Use it once."""

    def __init__(
        self,
        store: DocumentStore,
        inputs: InputStore,
        index: PassageIndex,
        sources: SourceStore,
        reader: Reader,
        chunker: Chunker,
        facts: FactReader,
        eraser: Eraser,
        writer: BatchWriter,
        admit: Admit,
    ) -> None:
        self._store, self._inputs, self._index, self._sources = store, inputs, index, sources
        self._reader, self._chunker, self._eraser, self._writer = reader, chunker, eraser, writer
        self._facts, self._stored_facts = facts, FactStore(store.database)
        self._admit = admit
        self._merger = Merger(store, writer, self._prepare)
        self._closed: list[Tally] = []
        self._loose_blobs: set[str] = set()
        self._ahead = Ahead((), self._begin, 0)
        self._pace = Pace(())

    def files(self, found: Sequence[Found], progress: OnProgress) -> IngestReport:
        """Read the files found."""
        begun, results = time.perf_counter(), []
        self._merger.finish()
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
        return IngestReport(tuple(tally.result() for tally in results), self._writer.written, time.perf_counter() - begun)

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
        prepared = self._prepare(document, version.blob, version)
        if prepared.is_rewrite:
            self._stored_facts.replace(document.doc_id, prepared.revision, prepared.document.facts)
        if prepared.is_rewrite and {passage.passage_id for passage in prepared.passages} == self._index.passage_ids(document.doc_id):
            return Counts(unchanged=1)
        self._writer.add(prepared)
        return Counts(updated=1)

    def _begin(self, found: Found) -> Begun:
        """Look at a file, and have it read if it is new or changed."""
        if found.problem:
            return Begun(found, problem=found.problem)
        opened = None
        try:
            opened = self._reader.open(found.path)
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

    def _read(self, reading: Reading, blob: str | None, tally: Tally) -> None:
        if blob:
            self._loose_blobs.add(blob)
        try:
            for item in reading.items(tally.warn):
                self._pace.read(len(item.text) if isinstance(item, Document) else 0)
                self._item(item, blob, tally)
        finally:
            reading.drop()
        self._close(tally)

    def _fingerprint(self, opened: Opened) -> str:
        return "|".join((opened.parser, self._chunker.fingerprint, DETECTOR, self._facts.version, self._index.version))

    def _is_unchanged(self, opened: Opened) -> bool:
        known = self._inputs.get(opened.uri)
        if known is None or known.status != "done" or (known.digest, known.fingerprint) != (opened.digest, self._fingerprint(opened)):
            return False
        visible = len(self._store.by_source(opened.uri))  # fewer when some were forgotten, or taken over by another file
        return visible == known.documents

    def _item(self, item: Document | ParseError, blob: str | None, tally: Tally) -> None:
        try:
            if isinstance(item, ParseError):
                raise item
            self._document(item, blob, tally)
        except _Superseded as error:
            tally.warn(ParseError(error.key, **error.variables))
        except ParseError as error:
            tally.fail(error)

    def _document(self, document: Document, blob: str | None, tally: Tally) -> None:
        doc_id = document.doc_id
        if doc_id in tally.seen:
            raise ParseError("document_id_twice", file=tally.file, doc_id=doc_id)
        document = self._settled(document, tally)
        version = self._store.versions([doc_id]).get(doc_id)
        self._check_owner(document, version, tally)
        tally.saw(document)
        prepared = self._prepare(document, blob, version)
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

    def _settled(self, document: Document, tally: Tally) -> Document:
        """Return a document under the surviving id of its patient, after the merges that it announces, if all they touch is admitted."""
        if old := intake_of(document).merged_id:
            self._admit(replace(document, patient_id=old))
        self._admit(document)
        document, joined = self._merger.settled(document, tally.warn, tally.file)
        self._admit(document)
        moved = joined + self._merger.merge(document, tally.file)
        if moved:
            tally.count(updated=moved)
            self._settle_closed()
        return document

    def _prepare(self, document: Document, blob: str | None, version: Version | None) -> Prepared:
        revision = revision_of(document, self._chunker.fingerprint, self._index.version)
        return Prepared(self._facts.stated(document), revision, self._chunker.passages(document, revision), blob, version)

    def _check_owner(self, document: Document, version: Version | None, tally: Tally) -> None:
        """Refuse an id that another file declares, unless that file is gone: then this one takes its place."""
        waiting = self._writer.waiting(document.doc_id)
        owner = file_of(waiting.document.source.uri) if waiting else version.source_file if version else tally.uri
        if owner != tally.uri and _still_exists(owner):
            stored = waiting.document if waiting else self._store.whole(document.doc_id)
            if intake_of(document).is_version and stored is not None:
                if is_newer(document, stored):
                    return
                raise _Superseded(file=tally.file, count=1, where=document.title)
            raise ParseError("document_id_taken", file=tally.file, doc_id=document.doc_id, other=_path_of(owner))

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
        for tally in self._closed:
            if tally.is_whole:
                self._remove_gone(tally)
            tally.patient_id = self._merger.survivor(tally.patient_id)  # a merge may have come since
        self._inputs.put_all([tally.record() for tally in self._closed])
        for tally in self._closed:
            tally.seen.clear()  # the report needs the counts alone, and a file may hold a million records
        self._closed.clear()
        waiting = self._ahead.blobs()
        self._sources.sweep(self._loose_blobs - waiting)
        self._loose_blobs &= waiting

    def _remove_gone(self, tally: Tally) -> None:
        held = self._store.by_source(tally.uri)
        gone = held.keys() - tally.seen
        if gone:
            self._store.delete_all(gone)
            self._eraser.reconcile(gone)
            self._loose_blobs.update(blob for doc_id in gone if (blob := held[doc_id].blob))
            tally.count(removed=len(gone))


class _Superseded(ParseError):
    """A document is an older version of one that another file holds: it is left out, and said to be."""

    def __init__(self, **variables: object) -> None:
        super().__init__("aside_superseded", **variables)


def _path_of(uri: str) -> str:
    return url2pathname(urlsplit(uri).path)


def _still_exists(uri: str) -> bool:
    return uri.startswith("file:") and Path(_path_of(uri)).exists()
