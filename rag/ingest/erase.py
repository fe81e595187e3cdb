"""Erasing: documents and patients from the index, the registry and the stored sources; and mending what an
interruption left.

Erased documents vanish from the registry first, so that nothing shows them while the rest is done; the
journal makes the rest sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.core.passage_ids import passage_id
from rag.core.protocols import PassageIndex
from rag.ingest.passages import passage_embedding_text
from rag.ingest.pictures.indexing import PictureWriter
from rag.store.documents import DocumentStore
from rag.store.identity.desk import IdentityStore
from rag.store.identity.merges import MergeStore
from rag.store.inputs import InputStore
from rag.store.records import Version
from rag.store.sources import SourceStore


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``texts`` are what an embedder read of the passages, so that its cache can drop them
    too.
    """

    doc_ids: tuple[str, ...] = ()
    passages: int = 0
    sources: tuple[str, ...] = ()
    inputs: int = 0
    texts: tuple[str, ...] = ()


class Eraser:
    """Erases from one home. Every call needs the writer's lock."""

    def __init__(
        self,
        store: DocumentStore,
        inputs: InputStore,
        index: PassageIndex,
        sources: SourceStore,
        pictures: PictureWriter | None = None,
    ) -> None:
        self._store, self._inputs, self._index, self._sources = store, inputs, index, sources
        self._pictures = pictures
        self._merges, self._identities = MergeStore(store.database), IdentityStore(store.database)

    def forget(self, doc_ids: Iterable[str] = (), patient_id: str | None = None) -> Erased:
        """Erase documents by id, and everything of a patient, by any of its merged ids, failed and unfinished
        readings included.

        Ids that are not there are passed over: see ``Erased.doc_ids`` for what was. The user's own files are
        not touched.
        """
        names = sorted(self._merges.aliases([patient_id])) if patient_id is not None else []
        of_patient = [doc_id for name in names for doc_id in self._store.of_patient(name)]
        known = tuple(sorted(self._store.known((*doc_ids, *of_patient))))
        files = set(self._store.source_files(known))
        files.update(file for name in names for file in self._inputs.of_patient(name))
        self._store.delete_all(known)
        inputs = self._inputs.delete(files)
        self._identities.forget(known, names)
        self._merges.forget(names)  # last: until then, what is interrupted can be asked for by any of the ids
        texts = self.reconcile(known)
        swept = self._sources.sweep()
        self._wipe(texts)
        return Erased(known, len(texts), swept, inputs, texts)

    def recover(self) -> Erased:
        """Finish or undo what an interrupted run left: unfinished documents, stale passages, copies without a
        document.
        """
        ids = self._store.unfinished()
        self._sources.clear_partial()
        if not ids:
            return Erased(sources=self._sources.sweep())
        texts = self.reconcile(ids)
        swept = self._sources.sweep()
        self._wipe(texts)
        return Erased(ids, len(texts), swept, 0, texts)

    def _wipe(self, texts: tuple[str, ...]) -> None:
        """Have the bytes of what was erased leave the files too: index and database overwrite them only
        then.
        """
        if texts:
            self._index.optimize()
            if self._pictures is not None:
                self._pictures.optimize()
        self._store.database.scrub()

    def reconcile(self, doc_ids: Iterable[str]) -> tuple[str, ...]:
        """Leave in the index the visible version of each document and nothing else of it; return what the
        removed passages said.
        """
        ids = tuple(doc_ids)
        if not ids:
            return ()
        self._store.abandon(ids)
        versions = self._store.versions(ids)
        stale = sorted(
            found
            for doc_id in ids
            for found in self._index.passage_ids(doc_id) - _current(versions.get(doc_id))
        )
        texts = tuple(passage_embedding_text(passage) for passage in self._index.get(stale))
        self._index.delete(stale)
        if self._pictures is not None:
            self._pictures.reconcile(ids)
        self._store.settle(ids)
        return texts


def _current(version: Version | None) -> frozenset[str]:
    if version is None:
        return frozenset()
    return frozenset(
        passage_id(version.doc_id, version.revision, ordinal) for ordinal in range(version.passages)
    )
