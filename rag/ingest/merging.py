"""Merged patients: their documents move to the id that survives, and whatever still carries the old id later goes there too.

Crash-safe as all writing: the merge is recorded first; documents that it has not moved yet are found by their old id, and moved by the
next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document
from rag.ingest.sources.intake import intake_of
from rag.ingest.writing import BatchWriter, Prepared
from rag.store.documents import DocumentStore
from rag.store.merges import MergeStore, Reason
from rag.store.records import Version

Prepare = Callable[[Document, str | None, Version | None], Prepared]


class Merger:
    """Keeps every document under the one id of its patient. Every call needs the writer's lock."""

    def __init__(self, store: DocumentStore, writer: BatchWriter, prepare: Prepare) -> None:
        self._store, self._writer, self._prepare = store, writer, prepare
        self._merges = MergeStore(store.database)
        self._survivors = self._merges.survivors()
        self._nationals = self._merges.nationals()

    def survivor(self, patient_id: str | None) -> str | None:
        """Return the id under which a patient's documents are."""
        return patient_id if patient_id is None else self._survivors.get(patient_id, patient_id)

    def finish(self) -> int:
        """Move what merges of an interrupted run left behind; count the documents."""
        return sum(self._move(old, new) for old, new in sorted(self._survivors.items()))

    def settled(self, document: Document, warn: Warn, file: str) -> tuple[Document, int]:
        """Return a document under the id of its patient that survives, and how many documents moved on account of it.

        A national identity that a record names beside the hospital's number joins the two. Where that number already belongs to another
        identity, the document goes to its own identity, with a warning: two persons are never mixed for having one number.
        """
        patient_id, national = self.survivor(document.patient_id), intake_of(document).national_id
        if patient_id is None or not national or national == document.patient_id:
            return replace(document, patient_id=patient_id), 0
        known = self._nationals.get(patient_id, frozenset())
        if known and national not in known:
            warn(ParseError("identity_conflict", file=file, record=document.title))
            other = self._survivors.get(national)
            return replace(document, patient_id=other if other and other != patient_id else national), 0
        moved = self._join(national, patient_id, "identity", document) if national not in self._survivors else 0
        return replace(document, patient_id=patient_id), moved

    def merge(self, document: Document, file: str) -> int:
        """Record the merge that a document announces, if any, move the documents concerned, and count them.

        Raises:
            ParseError: a merge of a patient with itself, perhaps by way of an earlier one, or with one more patient than before.
        """
        old, new = intake_of(document).merged_id, self.survivor(document.patient_id)
        if not old:
            return 0
        before = self._survivors.get(old)
        if new is None or new == old:
            raise ParseError("merge_same_patient", file=file)
        if before is not None and before != new:
            raise ParseError("merge_conflict", file=file)
        return self._join(old, new, "merge", document) if before is None else 0

    def _join(self, old: str, new: str, reason: Reason, document: Document) -> int:
        self._writer.flush()  # what waits may be of the old id
        self._merges.record(old, new, reason, document.source.uri)
        self._survivors, self._nationals = self._merges.survivors(), self._merges.nationals()
        return self._move(old, new)

    def _move(self, old: str, new: str) -> int:
        moved = 0
        for document, version in self._visible(old):
            self._writer.add(self._prepare(replace(document, patient_id=new), version.blob, version))
            moved += 1
        if moved:
            self._writer.flush()
        return moved

    def _visible(self, patient_id: str) -> Iterator[tuple[Document, Version]]:
        ids = self._store.of_patient(patient_id)
        versions = self._store.versions(ids)
        for doc_id in ids:
            document, version = self._store.whole(doc_id), versions.get(doc_id)
            if document is not None and version is not None:
                yield document, version
