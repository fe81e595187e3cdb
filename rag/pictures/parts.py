"""Settings → what finds pictures: their index, their encoder, and what writes them. Part of ``rag/build.py``,
which alone calls it.

An index made with another encoder is dropped: pictures are written anew from the stored sources.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import ConfigurationError, StorageError
from rag.core.pictures import WantedImages
from rag.core.protocols import ImageEncoder, PassageIndex
from rag.core.types import Filters, Query, Vector
from rag.index.deferred import DeferredIndex
from rag.index.images import LAYOUT, NO_VECTOR, ImageIndex
from rag.ingest.parsing.sniff import look_into, sniff
from rag.ingest.pictures.indexing import PictureWriter
from rag.models.images.encoders import make_image_encoder
from rag.pictures.own import ImageStages
from rag.retrieve.images.likeness import Likeness
from rag.retrieve.images.search import ImageSearch
from rag.retrieve.retriever import Retriever
from rag.settings import Settings, models_folder
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore
from rag.store.sources import SourceStore

_FOLDER = "images"
_UNSEEN = 8
"""Length of the vectors where nothing looks at pictures."""
_REPORTS = 60
"""Passages whose documents are asked for what they say of pictures."""


@dataclass(frozen=True, slots=True)
class PictureParts:
    """What was built. The index is closed by whoever opened it."""

    index: ImageIndex
    writer: PictureWriter
    encoder: ImageEncoder | None

    def stages(self, store: DocumentStore, retriever: Retriever) -> ImageStages:
        """Return what searches pictures; reports are found as any passage is."""

        def reports(wanted: WantedImages, filters: Filters) -> Sequence[str]:
            query = Query(wanted.text, wanted.language, filters)
            return [hit.passage.doc_id for hit in retriever.search(query, _REPORTS).hits]

        search = ImageSearch(self.index, store, FactStore(store.database), reports, self.encoder)
        return ImageStages(store, search, Likeness(self.index, store), self._look)

    def _look(self, data: bytes, name: str) -> Vector | None:
        return self.writer.square(sniff(look_into(name, data)), data, name)


def open_pictures(settings: Settings, home: Path, store: DocumentStore, sources: SourceStore) -> PictureParts:
    """Open the index of pictures with the encoder of the settings."""
    encoder = make_image_encoder(models_folder(settings, home), settings.images)
    identity = f"{LAYOUT}:{encoder.identity if encoder else NO_VECTOR}"
    dimensions = encoder.dimensions if encoder else _UNSEEN
    index = ImageIndex(_engine(settings, home, identity, dimensions), dimensions, identity)
    return PictureParts(index, PictureWriter(store, sources, index, encoder), encoder)


def _engine(settings: Settings, home: Path, identity: str, dimensions: int) -> PassageIndex:
    if settings.index.kind == "memory":
        from rag.index.memory import MemoryIndex

        return MemoryIndex(identity, dimensions)
    if settings.index.kind == "server":
        from rag.index.server.index import open_server_index

        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        named = {"collection": f"{settings.index.collection}_{_FOLDER}_{digest}"}
        return open_server_index(settings.index.model_copy(update=named), identity, dimensions)
    if not (home / _FOLDER).is_dir():
        return DeferredIndex(identity, lambda: _on_disk(settings, home, identity, dimensions))
    return _on_disk(settings, home, identity, dimensions)


def _on_disk(settings: Settings, home: Path, identity: str, dimensions: int) -> PassageIndex:
    from rag.index.edge import EdgeIndex

    try:
        return EdgeIndex(home / _FOLDER, identity, dimensions, settings.index)
    except (ConfigurationError, StorageError) as error:
        if error.key not in {"index_damaged", "index_embedder_mismatch", "index_dimensions_mismatch"}:
            raise
        shutil.rmtree(home / _FOLDER)
        return EdgeIndex(home / _FOLDER, identity, dimensions, settings.index)
