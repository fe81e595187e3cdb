"""One caller's pictures: found by words, by a picture of the home, or by a file from outside.

It keeps the promises of the pipeline: nothing outside the caller's scope enters or leaves, and nothing is
shown but the current version of a document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rag.access import Scope
from rag.clinical.concepts.imaging import modality_of
from rag.core.errors import NotAllowed, NotFound, UsageError
from rag.core.pictures import ImageResult
from rag.core.types import Filters, Vector
from rag.retrieve.images.likeness import Likeness
from rag.retrieve.images.search import ImageSearch
from rag.store.documents import DocumentStore
from rag.understand.limits import checked_question
from rag.understand.pictures import wanted_images

Look = Callable[[bytes, str], Vector | None]
"""Makes the vector of a file's picture; None where no encoder is here. Raises ``ParseError`` for what is no
picture.
"""


@dataclass(frozen=True, slots=True)
class ImageStages:
    """The parts that ``rag/build.py`` puts together."""

    store: DocumentStore
    search: ImageSearch
    likeness: Likeness
    look: Look


@dataclass(frozen=True, slots=True)
class OwnImages:
    """The pictures that a caller may see."""

    stages: ImageStages
    scope: Scope = field(default_factory=Scope)

    def search(
        self,
        text: str,
        *,
        k: int,
        filters: Filters = Filters(),
        language: str | None = None,
        modality: str | None = None,
        history: tuple[str, ...] = (),
    ) -> ImageResult:
        """Find pictures by words.

        Raises:
            UsageError: the text is empty or too long, or the modality is not known.
            NotAllowed: the filters name a patient outside the scope.
        """
        text = checked_question(text)
        wanted = wanted_images(text, language, history, known_modality(modality))
        return self._checked(self.stages.search.search(wanted, self._within(filters), k))

    def like_document(
        self, doc_id: str, *, k: int, filters: Filters = Filters(), modality: str | None = None
    ) -> ImageResult:
        """Find pictures like those of a document. One outside the scope is reported exactly as one that does
        not exist.

        Raises:
            NotFound: there is none, or it has no picture.
        """
        document = self.stages.store.get(doc_id)
        if document is None or not self.scope.opens(document.patient_id, doc_id):
            raise NotFound("document_not_found", doc_id=doc_id)
        if not self.stages.search.index.of_document(doc_id):
            raise NotFound("document_without_picture", doc_id=doc_id)
        found = self.stages.likeness.of_document(doc_id, self._within(filters), k=k)
        return self._checked(_of_modality(found, known_modality(modality)))

    def like_file(
        self, data: bytes, name: str, *, k: int, filters: Filters = Filters(), modality: str | None = None
    ) -> ImageResult:
        """Find pictures like that of a file from outside, of which nothing is kept.

        Raises:
            ParseError: it is no picture, or damaged.
            UsageError: no image encoder is here.
        """
        vector = self.stages.look(data, name)
        if vector is None:
            raise UsageError("images_no_encoder")
        found = self.stages.likeness.of_vector(vector, self._within(filters), k, name)
        return self._checked(_of_modality(found, known_modality(modality)))

    def _within(self, filters: Filters) -> Filters:
        if filters.patient_ids:
            filters = replace(filters, patient_ids=self.stages.store.surviving(filters.patient_ids))
        return self.scope.narrow(filters)

    def _checked(self, found: ImageResult) -> ImageResult:
        """Return what was found, unless a picture lies outside the scope: the last guard."""
        if not all(self.scope.opens(hit.entry.patient_id, hit.entry.doc_id) for hit in found.hits):
            raise NotAllowed("passage_outside_scope")
        barred = self.scope.barred_docs
        hits = (
            replace(hit, report=None) if hit.report is not None and hit.report.doc_id in barred else hit
            for hit in found.hits
        )
        return replace(found, hits=tuple(hits)) if barred else found


def known_modality(asked: str | None) -> str:
    """Return the group of a modality asked for, a DICOM code or a word; empty where none is.

    Raises:
        UsageError: it is not known.
    """
    if not asked or not asked.strip():
        return ""
    if group := modality_of(asked):
        return group
    raise UsageError("modality_unknown", value=asked[:40])


def _of_modality(found: ImageResult, group: str) -> ImageResult:
    if not group:
        return found
    hits = [hit for hit in found.hits if hit.entry.modality_group == group]
    return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)))
