"""Writes documents to the registry and the index so that each is visible whole or not at all, whenever the
process dies.

The order is the promise: (1) the copy of the source, by the caller; (2) the version in the registry, unseen,
and in the journal; (3) its passages in the index, which readers drop because the version is not the visible
one; (4) the version becomes visible; (5) passages of the version before are removed, and its pictures
follow; (6) the journal is struck. ``erase.reconcile`` mends whatever an interruption leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.core.protocols import PassageIndex
from rag.core.stages import ended
from rag.core.types import Document, Passage, SparseVector, Vector
from rag.ingest.passages import passage_embedding_text
from rag.ingest.pictures.indexing import PictureWriter
from rag.ingest.sources.intake import intake_of
from rag.store.documents import DocumentStore
from rag.store.identity.decisions import Assignment, Decision
from rag.store.records import NewVersion, Version

BATCH = 256
"""Passages written together, across documents: each writing waits for the disk."""
_PART = 64
"""Passages embedded together."""

Embed = Callable[[Sequence[str]], Sequence[Vector]]
Encode = Callable[[Passage], SparseVector]
Own = Callable[[Mapping[str, str]], None]
"""Is told of which document each text is that was embedded, so that its vectors can be erased with it."""


def nobody(_: Mapping[str, str]) -> None:
    """Take no note of whose texts are."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be written. ``replaces`` is the version that is visible now; ``trusted``: it is not
    of a caller's upload.
    """

    document: Document
    revision: str
    passages: Sequence[Passage]
    blob: str | None
    replaces: Version | None
    trusted: bool = False

    @property
    def is_rewrite(self) -> bool:
        """Tell whether this very version is visible already, and only the index is to be written again."""
        return self.replaces is not None and self.replaces.revision == self.revision


class BatchWriter:
    """Collects prepared documents and writes them ``BATCH`` passages at a time."""

    def __init__(
        self,
        store: DocumentStore,
        index: PassageIndex,
        embed: Embed,
        encode: Encode,
        own: Own = nobody,
        pictures: PictureWriter | None = None,
    ) -> None:
        self._store, self._index, self._embed, self._encode = store, index, embed, encode
        self._own, self._pictures = own, pictures
        self._waiting: dict[str, Prepared] = {}
        self.written = 0
        self.embedded = 0
        self.heard: Callable[[], None] = lambda: None
        """Called after every part that is embedded."""

    def waiting(self, doc_id: str) -> Prepared | None:
        """Return the document under this id that is collected and not written yet."""
        return self._waiting.get(doc_id)

    def holds_any(self) -> bool:
        """Tell whether anything is collected and not written yet."""
        return bool(self._waiting)

    def add(self, prepared: Prepared) -> bool:
        """Collect a document; write when there is enough. Tell whether everything collected is now
        visible.
        """
        self._waiting[prepared.document.doc_id] = prepared
        if sum(len(waiting.passages) for waiting in self._waiting.values()) < BATCH:
            return False
        self.flush()
        return True

    def collect(self, prepared: Iterable[Prepared]) -> None:
        """Collect documents without writing any: they become visible together, by ``flush``."""
        self._waiting |= {one.document.doc_id: one for one in prepared}

    def flush(self, decided: Decision | Assignment | None = None, aside: Sequence[NewVersion] = ()) -> None:
        """Make every collected document visible, in one transaction with a decision of the identity desk.

        ``aside`` are versions that the decision puts in quarantine; the caller reconciles their passages.
        """
        batch = list(self._waiting.values())
        if not batch and decided is None:
            return
        ids = [prepared.document.doc_id for prepared in batch]
        fresh = [prepared for prepared in batch if not prepared.is_rewrite]
        self._store.enter(prepared.document.doc_id for prepared in batch if prepared.is_rewrite)
        self._store.begin_all([*map(_new_version, fresh), *aside])
        self._index_passages([passage for prepared in batch for passage in prepared.passages])
        self._store.commit_all({new.document.doc_id: new.revision for new in fresh}, decided)
        self._drop_stale(batch)
        if self._pictures is not None:
            self._pictures.write(ids)
        self._store.settle(ids)
        self._waiting.clear()

    def _index_passages(self, passages: Sequence[Passage]) -> None:
        for start in range(0, len(passages), BATCH):
            part = passages[start : start + BATCH]
            began = time.perf_counter()
            dense = self._embedded(part)
            embedded = time.perf_counter()
            self._index.upsert(part, dense, [self._encode(passage) for passage in part])
            ended("ingest.embed", 1000 * (embedded - began))
            ended("ingest.index", 1000 * (time.perf_counter() - embedded))
            self.written += len(part)

    def _embedded(self, passages: Sequence[Passage]) -> list[Vector]:
        vectors: list[Vector] = []
        for start in range(0, len(passages), _PART):
            part = passages[start : start + _PART]
            texts = [passage_embedding_text(passage) for passage in part]
            vectors += self._embed(texts)
            self._own({text: passage.doc_id for text, passage in zip(texts, part, strict=True)})
            self.embedded = self.written + len(vectors)
            self.heard()
        return vectors

    def _drop_stale(self, batch: Sequence[Prepared]) -> None:
        replacing = [prepared for prepared in batch if prepared.replaces is not None]
        current = {passage.passage_id for prepared in replacing for passage in prepared.passages}
        stored = {
            found for prepared in replacing for found in self._index.passage_ids(prepared.document.doc_id)
        }
        if stale := stored - current:
            self._index.delete(sorted(stale))


def _new_version(prepared: Prepared) -> NewVersion:
    claims = intake_of(prepared.document).claims
    return NewVersion(
        prepared.document, prepared.revision, len(prepared.passages), prepared.blob, claims, prepared.trusted
    )
