"""Pictures found, as JSON, field for field as the contract fixes them."""

from __future__ import annotations

from rag.contract import JsonDocument
from rag.core.pictures import HEADER, IMAGE, REPORT, ImageHit, ImageResult


class ChannelsJson(JsonDocument):
    """How well each channel fits, in [0, 1]; null where it says nothing."""

    report: float | None
    header: float | None
    image: float | None


class ReportQuoteJson(JsonDocument):
    """The sentence that describes a picture; ``quote`` equals the canonical text at ``[start:end]``. ``by``
    says what joins them; ``same_day`` alone is no more than likely.
    """

    doc_id: str
    quote: str
    start: int
    end: int
    assertion: str
    by: str


class ImageHitJson(JsonDocument):
    """A picture. ``frame`` counts from 0; ``page``, from 1, is that of a figure in a document of pages."""

    rank: int
    score: float
    channels: ChannelsJson
    doc_id: str
    frame: int
    page: int | None
    title: str
    modality: str
    body_part: str
    view: str
    side: str
    patient_id: str | None
    authored_at: str | None
    report: ReportQuoteJson | None
    reasons: list[str]


class ImagesJson(JsonDocument):
    """Pictures found, best first."""

    query: str
    hits: list[ImageHitJson]
    timings_ms: dict[str, float]


def images_json(found: ImageResult) -> ImagesJson:
    """Return the document of ``traboule images --json`` and ``POST /v1/images/search``."""
    return ImagesJson(
        query=found.query, hits=[_hit(hit) for hit in found.hits], timings_ms=dict(found.timings_ms)
    )


def _hit(hit: ImageHit) -> ImageHitJson:
    entry, report = hit.entry, hit.report
    channels = ChannelsJson(
        report=hit.channels.get(REPORT), header=hit.channels.get(HEADER), image=hit.channels.get(IMAGE)
    )
    return ImageHitJson(
        rank=hit.rank,
        score=hit.score,
        channels=channels,
        doc_id=entry.doc_id,
        frame=entry.frame,
        page=entry.page,
        title=entry.title,
        modality=entry.modality or entry.modality_group,
        body_part=", ".join(entry.regions),
        view=entry.view,
        side=entry.side,
        patient_id=entry.patient_id,
        authored_at=entry.authored_at,
        report=None
        if report is None
        else ReportQuoteJson(
            doc_id=report.doc_id,
            quote=report.quote,
            start=report.start,
            end=report.end,
            assertion=report.assertion,
            by=report.by,
        ),
        reasons=list(hit.reasons),
    )
