"""Makes a document ready to be written: its revision, and its passages as the index needs them."""

from __future__ import annotations

from dataclasses import dataclass

from rag.ingest.batch import Prepared
from rag.ingest.chunking import Chunker
from rag.ingest.reading import revision_of
from rag.protocols import PassageIndex
from rag.store.records import Version
from rag.types import Document

_HELD = "held-"
"""Before the revision of what is in quarantine, so that it is no version that a release would write again."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How documents of one home are cut and told apart."""

    chunker: Chunker
    index: PassageIndex

    def __call__(self, document: Document, blob: str | None, version: Version | None, trusted: bool) -> Prepared:
        """Return a document ready to be written in place of the version that is visible now."""
        revision = revision_of(document, self.chunker.fingerprint, self.index.version)
        return Prepared(document, revision, self.chunker.passages(document, revision), blob, version, trusted)

    def held_revision(self, document: Document) -> str:
        """Return the revision under which a document is kept in quarantine."""
        return _HELD + revision_of(document, self.chunker.fingerprint, self.index.version)
