"""Pictures by words: by the sentences that describe them, by their headers, and by a joint encoder where one
is set; the channels are fused and each is shown.

What a header contradicts (another modality, region, view or side) is not found, nor is a picture whose report
denies what is asked for. A picture is found by its report or its words; only a joint encoder finds one that
nothing describes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.clinical.concepts import concept
from rag.clinical.concepts.imaging import shows_region
from rag.clinical.record.sides import are_opposite
from rag.core.pictures import (
    HEADER,
    IMAGE,
    REPORT,
    ImageEntry,
    ImageHit,
    ImageResult,
    ReportQuote,
    WantedImages,
)
from rag.core.protocols import FactIndex, ImageEncoder
from rag.core.times import bounds
from rag.core.types import Filters
from rag.index.images import ImageIndex
from rag.retrieve.images.descriptions import kinds_of_concepts
from rag.retrieve.images.linked import LinkedReports
from rag.store.documents import DocumentStore

Reports = Callable[[WantedImages, Filters], Sequence[str]]
"""Returns the ids of documents whose passages bear on a question, best first."""

DEPTH = 200
"""Pictures that each channel gives."""
WEIGHTS: Mapping[str, float] = {REPORT: 0.6, HEADER: 0.25, IMAGE: 0.15}
"""Of the channels. By hand: what a radiologist wrote counts most, what a device coded next."""
_ENOUGH = 0.5
"""Share of what is asked for of which a report must affirm more."""


@dataclass(frozen=True, slots=True)
class ImageSearch:
    """Finds pictures of one home. It may be used from several threads."""

    index: ImageIndex
    store: DocumentStore
    facts: FactIndex
    reports: Reports
    encoder: ImageEncoder | None = None

    def search(self, wanted: WantedImages, filters: Filters, k: int) -> ImageResult:
        """Return the ``k`` best pictures, one a document or figure. ``filters`` are the caller's, within the
        scope.
        """
        began = time.perf_counter()
        linked = LinkedReports(self.store)
        entries = self._candidates(wanted, filters, linked)
        seen = self._seen(wanted, entries, filters)
        hits = [hit for entry in entries.values() if (hit := self._judged(entry, wanted, linked, seen))]
        ranked = sorted(hits, key=lambda hit: (-hit.score, -_last(hit.entry), hit.entry.entry_id))
        shown = _one_a_picture(ranked)[:k]
        spent = round(1000 * (time.perf_counter() - began), 2)
        return ImageResult(
            wanted.text,
            tuple(replace(hit, rank=rank) for rank, hit in enumerate(shown, start=1)),
            {"total": spent},
        )

    def _candidates(
        self, wanted: WantedImages, filters: Filters, linked: LinkedReports
    ) -> dict[str, ImageEntry]:
        found = [entry for entry, _ in self.index.by_words(wanted, filters, DEPTH)]
        if wanted.seeks_findings:
            found += self._of_reports(wanted, filters, linked)
        vector = self._vector(wanted)
        if vector is not None:
            found += [entry for entry, _ in self.index.nearest(vector, filters, DEPTH)]
        return {entry.entry_id: entry for entry in self._current(found)}

    def _of_reports(
        self, wanted: WantedImages, filters: Filters, linked: LinkedReports
    ) -> Iterable[ImageEntry]:
        """Yield the pictures of the documents that state what is asked for, or whose passages bear on it."""
        whole = replace(filters, kinds=None, languages=None, date_from=None, date_to=None)
        concepts = kinds_of_concepts(wanted.findings)
        stated = self.facts.facts(whole, concepts=concepts) if wanted.findings else ()
        doc_ids = [fact.doc_id for fact in stated] + list(self.reports(wanted, whole))
        for doc_id in list(dict.fromkeys(doc_ids))[:DEPTH]:
            for picture in (doc_id, *linked.pictures_of(doc_id)):
                yield from self._passing(picture, filters)

    def _passing(self, doc_id: str, filters: Filters) -> tuple[ImageEntry, ...]:
        one = filters.narrowed(Filters(doc_ids=frozenset({doc_id})))
        return self.index.of_document(doc_id) if self.index.count(one) else ()

    def _current(self, entries: Sequence[ImageEntry]) -> list[ImageEntry]:
        """Drop the pictures of versions that are not visible."""
        ready = self.store.ready_revisions({entry.doc_id for entry in entries})
        return [entry for entry in entries if ready.get(entry.doc_id) == entry.revision]

    def _vector(self, wanted: WantedImages) -> tuple[float, ...] | None:
        if self.encoder is None or not self.encoder.reads_text:
            return None
        return self.encoder.texts([in_english(wanted)])[0]

    def _seen(
        self, wanted: WantedImages, entries: Mapping[str, ImageEntry], filters: Filters
    ) -> Mapping[str, float]:
        """Return how well each picture fits the words by the joint encoder, spread over [0, 1]."""
        vector = self._vector(wanted)
        if vector is None or not entries:
            return {}
        cosines = self.index.cosines(vector, list(entries))
        low, high = min(cosines.values(), default=0.0), max(cosines.values(), default=0.0)
        return {name: (score - low) / ((high - low) or 1.0) for name, score in cosines.items()}

    def _judged(
        self, entry: ImageEntry, wanted: WantedImages, linked: LinkedReports, seen: Mapping[str, float]
    ) -> ImageHit | None:
        """Return a picture with the score of each channel; None where it is not what is asked for."""
        header, reasons = header_fit(entry, wanted)
        if header is None:
            return None
        report, share, is_denied = self._described(entry, wanted, linked)
        if is_denied:
            return None
        is_found = share > _ENOUGH if wanted.seeks_findings else bool(header) or _asks_no_header(wanted)
        if not is_found and entry.entry_id not in seen:
            return None
        channels = {REPORT: share} if wanted.seeks_findings else {}
        if not _asks_no_header(wanted):
            channels[HEADER] = header
        if entry.entry_id in seen:
            channels[IMAGE] = round(seen[entry.entry_id], 4)
        weight = sum(WEIGHTS[name] for name in channels)
        score = sum(WEIGHTS[name] * value for name, value in channels.items()) / weight if weight else 0.0
        return ImageHit(entry, 0, round(score, 4), channels, report, reasons)

    def _described(
        self, entry: ImageEntry, wanted: WantedImages, linked: LinkedReports
    ) -> tuple[ReportQuote | None, float, bool]:
        """Return the sentence that says most of what is asked for, its share, and whether what describes the
        picture denies it.
        """
        told = [text.says(wanted) for text in linked.descriptions(entry)]
        if not told:
            return None, 0.0, False
        best = max(told, key=lambda one: one.share)
        is_denied = best.share <= _ENOUGH and any(one.is_denied for one in told)
        return best.quote, round(best.share, 4), is_denied


def header_fit(entry: ImageEntry, wanted: WantedImages) -> tuple[float | None, tuple[str, ...]]:
    """Return the share of what is asked of the header that it codes, with the reasons; None where it codes
    something else.
    """
    asked = matched = 0
    reasons: list[str] = []
    for name, want, has, fits in (
        ("modality", wanted.modality, entry.modality_group, wanted.modality == entry.modality_group),
        ("region", wanted.regions, entry.regions, shows_region(wanted.regions, entry.regions)),
        ("view", wanted.view, entry.view, wanted.view == entry.view),
        ("side", wanted.side, entry.side, not are_opposite(wanted.side, entry.side)),
    ):
        if not want:
            continue
        if has and not fits:
            return None, ()
        if name == "side" and not has and wanted.seeks_findings:
            continue  # of a chest the report tells the side, no header does
        asked += 1
        if has:
            matched += 1
            reasons.append(name)
    return (matched / asked if asked else 0.0), tuple(reasons)


def in_english(wanted: WantedImages) -> str:
    """Return what is asked of a picture in English, by the table of concepts: what joint encoders read."""
    named = [concept(one).labels.get("en", one) for one in wanted.findings]
    parts = [wanted.modality, *wanted.regions, wanted.view, wanted.side, *named, *wanted.words]
    said = [part for part in parts if part]
    return ", ".join(said) if said else wanted.text


def _asks_no_header(wanted: WantedImages) -> bool:
    return not (wanted.modality or wanted.regions or wanted.view or wanted.side)


def _one_a_picture(hits: Sequence[ImageHit]) -> list[ImageHit]:
    """Show a document's frames once; the figures on pages are pictures of their own."""
    shown: dict[tuple[str, int | None], ImageHit] = {}
    for hit in hits:
        shown.setdefault((hit.entry.doc_id, hit.entry.frame if hit.entry.is_figure else None), hit)
    return list(shown.values())


def _last(entry: ImageEntry) -> float:
    return float("-inf") if entry.authored_at is None else bounds(entry.authored_at)[1]
