"""Writes the pictures of visible documents to the index of pictures, and takes those of others out.

It runs behind the registry: an entry is made of what is visible, and a search drops every entry whose version
is not. So nothing is lost by an interruption but entries, and ``catch_up`` writes them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from rag.core.errors import NotFound, ParseError
from rag.core.pictures import ImageEntry
from rag.core.protocols import ImageEncoder
from rag.core.types import Document, Vector
from rag.index.images import ImageIndex
from rag.ingest.pictures.entries import entries_of, is_picture
from rag.ingest.pictures.pixels import info_of, page_pictures, small_picture
from rag.ingest.pictures.radiograph import square_of
from rag.store.documents import DocumentStore
from rag.store.records import Rendition
from rag.store.sources import SourceStore

LOOKED_AT = 1024
"""Pixels on the longer side of what is prepared for an encoder: more than any takes, yet quick to draw."""

_log = logging.getLogger(__name__)


class PictureWriter:
    """The pictures of one home on their way into the index. Without an encoder they have no vectors."""

    def __init__(
        self, store: DocumentStore, sources: SourceStore, index: ImageIndex, encoder: ImageEncoder | None
    ) -> None:
        self._store, self._sources, self._index, self._encoder = store, sources, index, encoder

    def write(self, doc_ids: Iterable[str]) -> int:
        """Bring the index to what is visible of these documents; return how many entries were written."""
        written = 0
        for doc_id, revision in self._current(doc_ids).items():
            document = None if revision is None else self._store.get(doc_id)
            if document is None or revision is None:
                self._index.keep_only(doc_id, None)
                continue
            written += self._document(document, revision)
            self._index.keep_only(doc_id, revision)
        return written

    def reconcile(self, doc_ids: Iterable[str]) -> int:
        """Take out what is not visible of these documents; return how many entries went."""
        return sum(
            self._index.keep_only(doc_id, revision) for doc_id, revision in self._current(doc_ids).items()
        )

    def catch_up(self, heard: Callable[[], None] = lambda: None) -> int:
        """Write the pictures of every visible document that has none in the index; return how many."""
        written = 0
        for summary in self._store.list():
            held = self._index.of_document(summary.doc_id)
            if any(entry.revision == summary.revision for entry in held):
                continue
            written += self.write([summary.doc_id])
            heard()
        return written

    def optimize(self) -> None:
        """Have the bytes of what was taken out leave the files."""
        self._index.optimize()

    def square(self, media_type: str, data: bytes, name: str) -> Vector | None:
        """Return the vector of a picture that is not in the home; None without an encoder.

        Raises:
            NotFound, ParseError: it is no picture, or cannot be read.
        """
        if self._encoder is None:
            return None
        picture = small_picture(media_type, data, name, 0, LOOKED_AT)
        return self._encoder.pictures([square_of(picture, self._encoder.size)])[0]

    def _current(self, doc_ids: Iterable[str]) -> dict[str, str | None]:
        wanted = list(dict.fromkeys(doc_ids))
        ready = self._store.ready_revisions(wanted)
        return {doc_id: ready.get(doc_id) for doc_id in wanted}

    def _document(self, document: Document, revision: str) -> int:
        found = self._store.rendition(document.doc_id)
        media_type, data = ("", b"") if found is None else self._bytes(found)
        frames = self._frames(document, media_type, data)
        entries = entries_of(document, revision, frames)
        if entries:
            self._index.put(entries, [self._seen(document, one, media_type, data) for one in entries])
        return len(entries)

    def _bytes(self, found: Rendition) -> tuple[str, bytes]:
        if found.original is not None:
            return found.original.media_type, found.original.data
        if found.blob is None:
            return found.media_type, b""
        try:
            with self._sources.open(found.blob) as stream:
                return found.media_type, stream.read()
        except NotFound:  # a home without its copies opens all the same; ``doctor`` tells what is missing
            return found.media_type, b""

    def _frames(self, document: Document, media_type: str, data: bytes) -> Sequence[int]:
        if not is_picture(document):
            return ()
        try:
            info = info_of(media_type, data, document.doc_id)
        except (NotFound, ParseError):
            return (0,)
        return (0,) if info is None else info.key_frames

    def _seen(self, document: Document, entry: ImageEntry, media_type: str, data: bytes) -> Vector | None:
        """Return the vector of an entry; None where nothing looks at it, or its pixels cannot be read (which
        its document's own reading has reported).
        """
        if self._encoder is None or not data:
            return None
        try:
            if entry.page is not None:
                on_page = page_pictures(media_type, data, entry.doc_id, entry.page, LOOKED_AT)
                picture = on_page[0] if on_page else None
            elif is_picture(document):
                picture = small_picture(media_type, data, entry.doc_id, entry.frame, LOOKED_AT)
            else:
                picture = None
        except (NotFound, ParseError) as error:
            _log.info("a picture could not be seen: %s", error.key)
            return None
        if picture is None:
            return None
        return self._encoder.pictures([square_of(picture, self._encoder.size)])[0]
