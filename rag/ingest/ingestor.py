"""Ingest: paths in, visible documents out, and a report that names every file.

Repeating it changes nothing; a changed file is updated; a file that fails is reported and the rest goes on,
and what an earlier, good reading of it made visible stays. Errors of the home itself (disk full, index or
embedder out of reach) end the run: they would happen to every file. What was committed by then stays, and the
next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.core.protocols import PassageIndex
from rag.ingest.erase import Erased, Eraser
from rag.ingest.facts import FactReader, as_named, no_facts
from rag.ingest.identity.desk import Desk
from rag.ingest.identity.settling import OfNobody
from rag.ingest.passages import Chunker, CountTokens, estimate_tokens
from rag.ingest.pictures.indexing import PictureWriter
from rag.ingest.preparation import Preparation
from rag.ingest.report import IngestReport, OnProgress, unheard
from rag.ingest.run import Admit, Arrival, Run, everything
from rag.ingest.sources.files import Reader
from rag.ingest.sources.mirror import Gone, gone_from
from rag.ingest.sources.paths import walk
from rag.ingest.writing import BatchWriter, Embed, Encode, Own, nobody
from rag.settings import IngestSettings
from rag.store.documents import DocumentStore
from rag.store.erasures import Tombstones
from rag.store.identity.desk import FEED
from rag.store.inputs import InputStore
from rag.store.sources import SourceStore


class Ingestor:
    """Reads files into one home and erases from it. Methods that write hold the home's writer's lock while
    they run.
    """

    def __init__(
        self,
        store: DocumentStore,
        index: PassageIndex,
        embed: Embed,
        encode: Encode,
        settings: IngestSettings,
        sources: SourceStore,
        count_tokens: CountTokens = estimate_tokens,
        facts: FactReader | None = None,
        pictures: PictureWriter | None = None,
        tombstones: Tombstones | None = None,
        own: Own = nobody,
    ) -> None:
        self._store, self._index, self._embed, self._encode, self._sources = (
            store,
            index,
            embed,
            encode,
            sources,
        )
        self.inputs = self._inputs = InputStore(store.database)
        self.tombstones, self._own = tombstones or Tombstones(store.database), own
        chunker = Chunker(settings.min_passage_tokens, settings.max_passage_tokens, count_tokens)
        self._prepare = Preparation(chunker, index, facts or FactReader(no_facts, as_named, "none"))
        self._merges = settings.merge_identities
        self._reader = Reader(settings, sources)
        self._pictures = pictures
        self._eraser = Eraser(store, self._inputs, index, sources, pictures)
        self.desk = Desk(store, self._writer(), self._prepare, self._eraser)

    def ingest(
        self,
        paths: Sequence[Path],
        progress: OnProgress = unheard,
        admit: Admit = everything,
        origin: str = FEED,
        *,
        of_nobody: OfNobody = "by_form",
    ) -> IngestReport:
        """Read files and folders into the home. What ``progress`` raises ends the run; ``admit`` may refuse
        single documents.

        ``origin`` says who sent them: of a caller's upload nothing is believed about other patients, and
        nothing is joined. ``of_nobody``: what becomes of documents that name no patient; what is no
        literature waits in quarantine.

        Raises:
            Unavailable: another process is writing, or the index or the embedder cannot be reached.
            StorageError: the home cannot be written, e.g. the disk is full.
        """
        with self._store.database.writer():
            self._eraser.recover()
            merges = self._merges and origin == FEED
            return self._run(Arrival(origin, admit, merges, of_nobody)).files(list(walk(paths)), progress)

    def reindex(self, progress: OnProgress = unheard) -> IngestReport:
        """Write the passages of every stored document to the index again, as far as they are not there: after
        a change of embedder.
        """
        with self._store.database.writer():
            self._eraser.recover()
            return self._run().stored(progress)

    def index_pictures(self) -> int:
        """Write the pictures that the index of pictures lacks; return how many."""
        if self._pictures is None:
            return 0
        with self._store.database.writer():
            return self._pictures.catch_up()

    def recover(self) -> Erased:
        """Finish or undo what an interrupted run left. Call it when a home is opened."""
        with self._store.database.writer():
            return self._eraser.recover()

    def forget(self, doc_ids: Iterable[str] = (), patient_id: str | None = None) -> Erased:
        """Erase documents, and everything of a patient, from the index, the registry and the stored
        sources.
        """
        with self._store.database.writer():
            self._eraser.recover()
            return self._eraser.forget(doc_ids, patient_id)

    def gone_from(self, folder: Path) -> Gone:
        """Return what was read from under a folder and is there no more."""
        return gone_from(folder, walk([folder]), self._store, self._inputs)

    def forget_files(self, uris: Iterable[str]) -> None:
        """Forget the readings of files that are gone, failed ones too."""
        if wanted := tuple(uris):
            with self._store.database.writer():
                self._inputs.delete(wanted)

    def close(self) -> None:
        """End the worker processes. Closing twice is harmless."""
        self._reader.close()

    def _run(self, arrival: Arrival = Arrival()) -> Run:
        parts = (
            self._store,
            self._inputs,
            self._index,
            self._sources,
            self._reader,
            self._prepare,
            self._eraser,
        )
        return Run(*parts, self._writer(), arrival, self.tombstones)

    def _writer(self) -> BatchWriter:
        return BatchWriter(self._store, self._index, self._embed, self._encode, self._own, self._pictures)
