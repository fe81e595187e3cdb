"""Makes a document ready to be written: its revision, its passages as the index needs them, what it states,
and who its patient is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.core.protocols import PassageIndex
from rag.core.types import Document
from rag.ingest.facts import FactReader
from rag.ingest.identity.traits import traits_in
from rag.ingest.passages import Chunker
from rag.ingest.sources.files import revision_of
from rag.ingest.writing import Prepared
from rag.store.records import Version

_HELD = "held-"
"""Before the revision of what is in quarantine, so that it is no version that a release would write again."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How documents of one home are cut, read for facts and told apart."""

    chunker: Chunker
    index: PassageIndex
    facts: FactReader

    def __call__(
        self, document: Document, blob: str | None, version: Version | None, trusted: bool
    ) -> Prepared:
        """Return a document ready to be written in place of the version that is visible now."""
        revision = revision_of(document, self.chunker.fingerprint, self.index.version)
        if document.patient_id is not None:
            document = replace(document, traits=document.traits.filled_from(traits_in(document.text)))
        return Prepared(
            self.facts.stated(document),
            revision,
            self.chunker.passages(document, revision),
            blob,
            version,
            trusted,
        )

    def held_revision(self, document: Document) -> str:
        """Return the revision under which a document is kept in quarantine."""
        return _HELD + revision_of(document, self.chunker.fingerprint, self.index.version)
