"""Which report describes which picture, as far as the registry links them; each document is read once a
search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.clinical.concepts.imaging import modality_of, regions_in, shows_region
from rag.core.pictures import ImageEntry
from rag.core.types import Document, Link
from rag.retrieve.images.descriptions import DescribedText, described_text
from rag.store.documents import DocumentStore
from rag.store.links import SAME_DAY

CAPTION = "caption"
_MOST_TITLE = 200


@dataclass(slots=True)
class LinkedReports:
    """The documents of one search and how they belong together. Whoever asks has checked the scope: links
    never leave a patient.
    """

    store: DocumentStore
    _documents: dict[str, Document | None] = field(default_factory=dict)
    _links: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    _read: dict[tuple[str, int], DescribedText] = field(default_factory=dict)

    def document(self, doc_id: str) -> Document | None:
        """Return a visible document."""
        if doc_id not in self._documents:
            self._documents[doc_id] = self.store.get(doc_id)
        return self._documents[doc_id]

    def pictures_of(self, doc_id: str) -> Iterator[str]:
        """Yield the pictures that a document is the report of."""
        yield from (link.doc_id for link in self._linked(doc_id) if link.relation == "image")

    def descriptions(self, entry: ImageEntry) -> Iterator[DescribedText]:
        """Yield what describes a picture: the reports linked to it first, then its own words."""
        for link in self._linked(entry.doc_id):
            if link.relation != "report":
                continue
            report = self.document(link.doc_id)
            if report is not None and report.patient_id == entry.patient_id and _fits(link, report, entry):
                yield self._whole(report, link.by)
        if entry.end > entry.start and (own := self._own(entry)) is not None:
            yield own

    def _own(self, entry: ImageEntry) -> DescribedText | None:
        document = self.document(entry.doc_id)
        if document is None:
            return None
        key = (entry.doc_id, entry.start)
        if key not in self._read:
            said = document.text[entry.start : entry.end]
            self._read[key] = described_text(
                entry.doc_id,
                said,
                language=document.language,
                authored_at=document.authored_at,
                offset=entry.start,
                by=CAPTION,
            )
        return self._read[key]

    def _whole(self, report: Document, by: str) -> DescribedText:
        key = (report.doc_id, -1)
        if key not in self._read:
            self._read[key] = described_text(
                report.doc_id,
                report.text,
                language=report.language,
                sections=report.sections,
                kind=report.kind,
                title=report.title,
                authored_at=report.authored_at,
                by=by,
            )
        return self._read[key]

    def _linked(self, doc_id: str) -> tuple[Link, ...]:
        if doc_id not in self._links:
            document = self.document(doc_id)
            self._links[doc_id] = () if document is None else self.store.linked(document)
        return self._links[doc_id]


def _fits(link: Link, report: Document, entry: ImageEntry) -> bool:
    """Tell whether a report that only is of the same day may be of a picture: it speaks of the same part of
    the body, by the same kind of picture, as far as it says.
    """
    if link.by != SAME_DAY:
        return True
    opening = f"{report.title}\n{report.text[:_MOST_TITLE]}"
    regions, group = regions_in(opening), modality_of(opening)
    return (not regions or not entry.regions or shows_region(regions, entry.regions)) and (
        not group or not entry.modality_group or group == entry.modality_group
    )
