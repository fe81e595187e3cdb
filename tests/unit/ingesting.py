"""A home to ingest into, with the reference index and hashed vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from rag.core.types import Document, Vector
from rag.index.lexical import encode_passage
from rag.index.memory import MemoryIndex
from rag.ingest.ingestor import Ingestor
from rag.ingest.report import FileResult, IngestReport
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings
from rag.store.database import PRAGMAS, Database
from rag.store.documents import DocumentStore
from rag.store.identity.desk import IdentityStore
from rag.store.inputs import InputStore
from rag.store.sources import SourceStore
from rag.testing import HashEmbedding

EMBEDDING = HashEmbedding(dimensions=16)


def embed(texts: Sequence[str]) -> list[Vector]:
    return [tuple(EMBEDDING.get_text_embedding(text)) for text in texts]


@dataclass
class Home:
    folder: Path
    store: DocumentStore
    inputs: InputStore
    index: MemoryIndex
    sources: SourceStore
    ingestor: Ingestor

    def ingest(self, *paths: Path) -> IngestReport:
        """Read files; what names no patient is literature here: a test need not dress it up as such."""
        return self.ingestor.ingest(list(paths), of_nobody="literature")

    def only(self, *paths: Path) -> FileResult:
        (result,) = self.ingest(*paths).files
        return result

    def ids(self) -> set[str]:
        return {summary.doc_id for summary in self.store.list()}

    def blobs(self) -> list[Path]:
        return [path for path in (self.folder / "sources").rglob("*") if path.is_file()]

    def assert_sound(self) -> None:
        """The index holds the passages of the visible versions and nothing else; every copy is used; nothing
        is unfinished.
        """
        current = self.store.ready_revisions(self.ids())
        stored = self.index.get(
            [found for doc_id in self.ids() for found in sorted(self.index.passage_ids(doc_id))]
        )
        assert {(passage.doc_id, passage.revision) for passage in stored} == set(current.items())
        assert self.index.count() == len(stored) == self.store.passage_total()
        assert self.store.unfinished() == ()
        held = (self.store.in_quarantine(one.doc_id) for one in IdentityStore(self.store.database).held())
        used = {version.blob for version in self.store.versions(self.ids()).values()} | {
            found[2] for found in held if found
        }
        used -= {None}
        assert {path.parent.name + path.name for path in self.blobs()} == used


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Flushing to the disk guards against power cuts, which no test makes, and is what would take most of the
    time.
    """
    pragmas = tuple(pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in PRAGMAS)
    with patch("rag.store.database.PRAGMAS", pragmas), patch("os.fsync"):
        yield


@contextmanager
def open_home(folder: Path, index: MemoryIndex | None = None, **settings: float) -> Iterator[Home]:
    with _without_waiting_for_the_disk(), _opened(folder, index, **settings) as home:
        yield home


@contextmanager
def _opened(folder: Path, index: MemoryIndex | None, **settings: float) -> Iterator[Home]:
    database = Database.open(folder)
    store, sources = DocumentStore(database), SourceStore(database, folder / "sources")
    index = index or MemoryIndex("hash", EMBEDDING.dimensions)
    limits = IngestSettings.model_validate({"workers": 1, **settings})
    ingestor = Ingestor(store, index, embed, encode_passage, limits, sources)
    yield Home(folder, store, InputStore(database), index, sources, ingestor)
    ingestor.close()
    database.close()


def read(path: Path, **settings: float) -> Document:
    """Parse a file of one document, without a home; raises what keeps it from being read."""
    reader = Reader(IngestSettings.model_validate({"workers": 0, **settings}), _NoSources())  # type: ignore[arg-type]
    (item,) = reader.documents(reader.open(path), None, lambda _: None)
    if isinstance(item, Document):
        return item
    raise item


class _NoSources:
    pass
