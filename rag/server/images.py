"""The pictures that one caller may see over HTTP; every finding is in the audit before it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.errors import NotAllowed, NotFound
from rag.core.pictures import ImageResult
from rag.core.types import Filters
from rag.pictures.own import OwnImages
from rag.store.people.audit_entries import AuditNote

_ACTION = "images"


@dataclass(frozen=True, slots=True)
class CallersImages:
    """Every method is synchronous and runs on a thread. Raises as ``OwnImages`` does."""

    _own: OwnImages
    _note: AuditNote

    def search(self, text: str, *, k: int, filters: Filters, modality: str | None = None) -> ImageResult:
        """Find pictures by words."""
        self._check(filters)
        return self._shown(self._own.search(text, k=k, filters=filters, modality=modality))

    def like_file(
        self, data: bytes, name: str, *, k: int, filters: Filters, modality: str | None = None
    ) -> ImageResult:
        """Find pictures like one that was sent."""
        self._check(filters)
        return self._shown(self._own.like_file(data, name, k=k, filters=filters, modality=modality))

    def like_document(
        self, doc_id: str, *, k: int, filters: Filters, modality: str | None = None
    ) -> ImageResult:
        """Find pictures like those of a document."""
        try:
            found = self._own.like_document(doc_id, k=k, filters=filters, modality=modality)
        except NotFound:
            self._note(_ACTION, [(None, doc_id)], "denied")
            raise
        return self._shown(found)

    def _check(self, filters: Filters) -> None:
        try:
            self._own.scope.narrow(filters)
        except NotAllowed:
            self._note(_ACTION, [(one, "") for one in sorted(filters.patient_ids or ())], "denied")
            raise

    def _shown(self, found: ImageResult) -> ImageResult:
        shown = [(hit.entry.patient_id, hit.entry.doc_id) for hit in found.hits]
        told = [(hit.entry.patient_id, hit.report.doc_id) for hit in found.hits if hit.report is not None]
        self._note(_ACTION, [*shown, *told])
        return found
