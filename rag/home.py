"""A home that is open in this process: what commands and the server work on. ``rag/build.py`` puts it
together.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.access import Scope
from rag.clinical.analyse import forget_texts
from rag.core.errors import ParseError, TrabouleError
from rag.core.protocols import PassageIndex, TextReader
from rag.erasure.certificate import Outcome, certificate_of
from rag.erasure.places import (
    ConversationsPlace,
    CopiesPlace,
    EmergenciesPlace,
    EvaluationsPlace,
    IndexPlace,
    PicturesPlace,
    RegistryPlace,
    ReportsPlace,
    UpgradeCopiesPlace,
    UploadsPlace,
    VectorsPlace,
)
from rag.erasure.register import Erasing, Register
from rag.index.overlap import forget_overlaps
from rag.ingest.erase import Erased
from rag.ingest.identity.settling import OfNobody
from rag.ingest.ingestor import Ingestor
from rag.ingest.report import IngestReport, OnProgress, unheard
from rag.ingest.sources.mirror import Gone, SyncReport, folder_to_mirror
from rag.models.embedding.cache import EmbeddingCache
from rag.models.embedding.memo import EmbeddingMemo
from rag.pictures.own import ImageStages, OwnImages
from rag.pipeline import Pipeline, Stages
from rag.retrieve.passage_stems import forget_stems
from rag.store.documents import DocumentStore
from rag.store.erasures import ErasureRequest, ErasureStore, TextCopies, marks_of
from rag.store.inputs import InputStore
from rag.store.people.access import AccessStore
from rag.store.people.conversations import ConversationStore
from rag.store.people.mentions import known_of, mentions
from rag.store.people.uploads import UploadStore
from rag.store.sources import SourceStore
from rag.store.traits import TraitStore
from rag.views import Views

_PICTURES = "images.version"
"""File of the home that says for which engine and encoder its pictures were written."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Registry:
    """The database of a home, read without opening the index."""

    store: DocumentStore
    inputs: InputStore


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased, counted; ``vectors`` are those of the embedding cache, ``turns`` the answers of
    conversations that quoted it.
    """

    doc_ids: tuple[str, ...]
    passages: int
    sources: int
    inputs: int
    vectors: int
    turns: int
    certificate: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenHome:
    """One home, open in this process: everything a command or a server needs."""

    store: DocumentStore
    index: PassageIndex
    ingestor: Ingestor
    cache: EmbeddingCache
    memo: EmbeddingMemo
    stages: Stages
    views: Views
    folder: Path
    images: ImageStages
    reader: TextReader | None = None

    @property
    def traits(self) -> TraitStore:
        """Who its patients are."""
        return TraitStore(self.store.database)

    def pipeline(self, scope: Scope | None = None) -> Pipeline:
        """Return the pipeline for a caller; by default the owner of the home, who may read everything."""
        return Pipeline(self.stages, scope or Scope.everything())

    def pictures(self, scope: Scope | None = None) -> OwnImages:
        """Return the pictures for a caller; by default the owner of the home, who may see everything."""
        return OwnImages(self.images, scope or Scope.everything())

    def mend_pictures(self) -> int:
        """Write the pictures that the index of pictures lacks, once for each encoder; return how many."""
        done, version = self.folder / _PICTURES, self.images.search.index.version
        if done.is_file() and done.read_text(encoding="utf-8") == version:
            return 0
        written = self.ingestor.index_pictures()
        done.write_text(version, encoding="utf-8")
        return written

    def mend_index(self, progress: OnProgress = unheard) -> IngestReport | None:
        """Write again the passages that the registry holds and the index lacks, and the pictures; None where
        no passage lacks.
        """
        self.mend_pictures()
        if self.index.count() >= self.store.passage_total():
            return None
        return self.ingestor.reindex(progress)

    def rebuild_index(self, progress: OnProgress = unheard) -> IngestReport:
        """Compare every stored document with the index and write what differs; then build the index as its
        settings say now.
        """
        report = self.ingestor.reindex(progress)
        self.index.optimize()
        self.mend_pictures()
        return report

    def finish_interrupted(self) -> None:
        """Finish or undo what a process that died left half done, e.g. an erasure, unless another process is
        writing; erase again what a restored copy brought back.
        """
        try:
            if self.store.unfinished():
                self.cache.discard(self.ingestor.recover().texts)
            if back := self.ingestor.tombstones.learn():
                self.forget(doc_ids=back, by="restored")
            self.finish_erasures()
        except TrabouleError as error:  # searching goes on without: what is unfinished is not visible
            _log.warning("an interrupted run could not be finished: %s", error.key)

    def sync(
        self,
        source: Path,
        progress: OnProgress = unheard,
        *,
        erase_all: bool = False,
        literature: bool = False,
    ) -> SyncReport:
        """Read what is new or changed in a folder, and erase what was read from it and has gone.

        Interrupted, it goes on when it is called again. Where most of what was mirrored has gone, it is kept
        unless ``erase_all``. With ``literature`` what names no patient is of none: articles.

        Raises:
            UsageError: the source is no folder, or cannot be opened.
        """
        folder = folder_to_mirror(source)
        of_nobody: OfNobody = "literature" if literature else "by_form"
        report = self.ingestor.ingest([folder], progress, of_nobody=of_nobody)
        gone = self.ingestor.gone_from(folder)
        if gone.is_suspicious and not erase_all:
            error = ParseError("sync_many_gone", folder=folder, documents=len(gone.doc_ids), held=gone.held)
            return SyncReport(report, gone.files, 0, error)
        return SyncReport(report, gone.files, self.erase(gone))

    def erase(self, gone: Gone) -> int:
        """Erase what was read from files that are there no more; return how many documents."""
        erased = 0
        if gone.doc_ids:  # their files may come back, and then they are read again
            erased = len(self.forget(doc_ids=gone.doc_ids, for_good=False).doc_ids)
        self.ingestor.forget_files(gone.uris)
        return erased

    def forget(
        self,
        *,
        doc_ids: Sequence[str] = (),
        patient_id: str | None = None,
        by: str = "",
        for_good: bool = True,
    ) -> Forgotten:
        """Erase documents, or all of a patient, from every place of the register (``rag/erasure``).

        What is erased for good is not read again until that is lifted. Interrupted, it is finished when the
        home is opened next.
        """
        asked = ErasureStore(self.store.database)
        request = asked.ask(doc_ids, patient_id, by)
        done = self.carry_out(request, for_good=for_good)
        asked.drop(request.erasure_id)
        return done

    def carry_out(self, request: ErasureRequest, *, for_good: bool = True) -> Forgotten:
        """Do what an erasure asks. Doing it again is harmless."""
        database = self.store.database
        patient_id = request.asked.get("patient_id")
        known = known_of(database, patient_id) if patient_id is not None else None
        marks = list(marks_of(database, request.doc_ids, request.patients)) if for_good else []
        is_known = bool(self.store.known(request.doc_ids)) or any(
            map(self.ingestor.inputs.of_patient, request.patients)
        )
        tombstones = self.ingestor.tombstones
        laid = tombstones.add(marks) if is_known else 0
        erased: Erased = self.ingestor.forget(request.doc_ids, patient_id)
        what = Erasing(tuple(sorted({*request.doc_ids, *erased.doc_ids})), request.patients, erased.texts)
        counts = self.register.erase(what)
        self._forget_memory()
        outcome = Outcome(
            erased.doc_ids,
            counts | {"sources": len(erased.sources), "readings": erased.inputs},
            self.register.left(what),
            laid,
            mentions(database, known) if known is not None else [],
            CopiesPlace(TextCopies(database), self.folder).outside(what),
        )
        return Forgotten(
            erased.doc_ids,
            erased.passages,
            len(erased.sources),
            erased.inputs,
            counts["vectors"],
            counts["conversations"],
            certificate_of(request, outcome),
        )

    def damaged_copies(self) -> tuple[str, ...]:
        """Return the documents whose stored source is missing or not what it was. Reads all of them."""
        damaged = frozenset(SourceStore(self.store.database, self.folder / "sources").damaged())
        ids = [one.doc_id for one in self.store.list()]
        versions = self.store.versions(ids)
        return tuple(doc_id for doc_id in ids if versions[doc_id].blob in damaged) if damaged else ()

    def finish_erasures(self) -> int:
        """Do what is asked for and not yet done, by a command that found the home open elsewhere or by a
        process that died; return how many erasures that were.
        """
        asked = ErasureStore(self.store.database)
        waiting = asked.waiting()
        for request in waiting:
            asked.done(request.erasure_id, self.carry_out(request).certificate)
        return len(waiting)

    @property
    def register(self) -> Register:
        """Every place of this home that holds words of patients."""
        database = self.store.database
        return Register(
            (
                RegistryPlace(self.store),
                UploadsPlace(UploadStore(database), self.folder / "uploads"),
                ConversationsPlace(ConversationStore(database)),
                EmergenciesPlace(AccessStore(database)),
                ReportsPlace(self.folder / "reports"),
                EvaluationsPlace(self.folder / "eval"),
                CopiesPlace(TextCopies(database), self.folder),
                VectorsPlace(self.cache),
                IndexPlace(self.index),
                PicturesPlace(self.images.search.index),
                UpgradeCopiesPlace(database, self.folder),
            )
        )

    def _forget_memory(self) -> None:
        """Drop what this process remembers of texts, whoever's they are."""
        self.memo.clear()
        if self.stages.translator is not None:
            self.stages.translator.forget()
        if self.reader is not None:
            self.reader.clear()
        _forget_texts()


def _forget_texts() -> None:
    """Drop what this process remembers of texts, whoever's they are: it is read again when it is next
    needed.
    """
    forget_stems()
    forget_overlaps()
    forget_texts()
