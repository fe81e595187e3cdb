"""Pictures like a picture: the earlier pictures of the same region of the same patient first, then others by
the cosine of their vectors; each with its reasons.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.clinical.concepts.imaging import shows_region
from rag.core.pictures import IMAGE, ImageEntry, ImageHit, ImageResult, WantedImages
from rag.core.times import bounds
from rag.core.types import Filters, Vector
from rag.index.images import ImageIndex
from rag.retrieve.images.linked import LinkedReports
from rag.store.documents import DocumentStore

PRIOR, LATER = "prior", "later"
DEPTH = 200


@dataclass(frozen=True, slots=True)
class Likeness:
    """Finds the like of a picture in one home."""

    index: ImageIndex
    store: DocumentStore

    def of_document(self, doc_id: str, filters: Filters, k: int, query: str = "") -> ImageResult:
        """Return the pictures most like those of a document that the caller may read: its priors, then what
        looks like it.
        """
        began = time.perf_counter()
        mine = self._current(self.index.of_document(doc_id))
        if not mine:
            return ImageResult(query or doc_id, ())
        entry = mine[0]
        vector = self.index.vectors([entry.entry_id]).get(entry.entry_id)
        priors = self._of_patient(entry, filters)
        cosines = {} if vector is None else self.index.cosines(vector, [one.entry_id for one in priors])
        hits = [self._hit(one, entry, cosines.get(one.entry_id), is_prior=True) for one in priors]
        known = {doc_id, *(hit.entry.doc_id for hit in hits)}
        hits += self._near(vector, entry, filters, known, k)
        return _result(query or doc_id, hits[:k], began)

    def of_vector(self, vector: Vector, filters: Filters, k: int, query: str) -> ImageResult:
        """Return the pictures most like one that is not in the home."""
        began = time.perf_counter()
        return _result(query, self._near(vector, None, filters, set(), k)[:k], began)

    def _of_patient(self, entry: ImageEntry, filters: Filters) -> list[ImageEntry]:
        """Return the patient's other pictures of the same region: the earlier ones first, the nearest in time
        first among them.
        """
        if entry.patient_id is None or not entry.regions:
            return []
        own = filters.narrowed(Filters.for_patient(entry.patient_id, literature=False))
        wanted = WantedImages(entry.title, entry.language, regions=entry.regions, side=entry.side)
        found = [one for one, _ in self.index.by_words(wanted, own, DEPTH) if one.doc_id != entry.doc_id]
        same = [
            one
            for one in self._current(found)
            if shows_region(entry.regions, one.regions)
            and (not entry.side or not one.side or one.side == entry.side)
        ]
        firsts = {one.doc_id: one for one in sorted(same, key=lambda one: one.frame, reverse=True)}
        mine = _time(entry)
        return sorted(
            firsts.values(),
            key=lambda one: (
                _time(one) >= mine,
                one.modality_group != entry.modality_group,
                one.view != entry.view,
                abs(mine - _time(one)),
                one.entry_id,
            ),
        )

    def _near(
        self, vector: Vector | None, entry: ImageEntry | None, filters: Filters, known: set[str], k: int
    ) -> list[ImageHit]:
        if vector is None:
            return []
        ranked = self.index.nearest(vector, filters, DEPTH)
        current = {one.entry_id for one in self._current([one for one, _ in ranked])}
        hits: list[ImageHit] = []
        for one, cosine in ranked:
            if one.entry_id in current and one.doc_id not in known:
                known.add(one.doc_id)
                hits.append(self._hit(one, entry, cosine))
        return hits[:k]

    def _hit(
        self, one: ImageEntry, entry: ImageEntry | None, cosine: float | None, *, is_prior: bool = False
    ) -> ImageHit:
        channels = {} if cosine is None else {IMAGE: _likeness(cosine)}
        reasons = [] if entry is None else list(_alike(one, entry))
        if is_prior and entry is not None:
            reasons.insert(0, PRIOR if _time(one) < _time(entry) else LATER)
        linked = LinkedReports(self.store)
        wanted = WantedImages(one.title, one.language, regions=one.regions)
        told = next((text.says(wanted).quote for text in linked.descriptions(one)), None)
        return ImageHit(one, 0, channels.get(IMAGE, 0.0), channels, told, tuple(reasons))

    def _current(self, entries: Iterable[ImageEntry]) -> list[ImageEntry]:
        found = list(entries)
        ready = self.store.ready_revisions({entry.doc_id for entry in found})
        return [entry for entry in found if ready.get(entry.doc_id) == entry.revision]


def _alike(one: ImageEntry, entry: ImageEntry) -> Iterable[str]:
    """Yield what two pictures have in common by their headers."""
    if one.patient_id is not None and one.patient_id == entry.patient_id:
        yield "patient"
    if one.modality_group and one.modality_group == entry.modality_group:
        yield "modality"
    if one.regions and set(one.regions) & set(entry.regions):
        yield "region"
    if one.side and one.side == entry.side:
        yield "side"
    if one.view and one.view == entry.view:
        yield "view"


def _result(query: str, hits: list[ImageHit], began: float) -> ImageResult:
    spent = round(1000 * (time.perf_counter() - began), 2)
    return ImageResult(
        query, tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)), {"total": spent}
    )


def _likeness(cosine: float) -> float:
    """Return the angle between two vectors as a share of 1: cosines of near pictures all look like 1."""
    return round(1 - math.acos(max(0.0, min(1.0, cosine))) * 2 / math.pi, 4)


def _time(entry: ImageEntry) -> float:
    return float("-inf") if entry.authored_at is None else bounds(entry.authored_at)[0]
