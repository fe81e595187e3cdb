"""The JSON documents that leave Traboule, field for field as the contract fixes them; the command line and
the API share them.

Field names may be added, never changed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, Field

from rag.core.types import (
    Answer,
    AnswerPart,
    Citation,
    Claim,
    Contradiction,
    Coverage,
    Document,
    Evidence,
    Page,
    ScoredPassage,
    SearchResult,
    Trace,
)


class JsonDocument(BaseModel):
    """What every document of the contract is: frozen, without fields that it does not name."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values with the contract's names."""
        return self.model_dump(mode="json", by_alias=True)


class CopyJson(JsonDocument):
    """Where a passage is repeated nearly word for word, e.g. in a copied-forward note."""

    doc_id: str
    passage_id: str
    title: str
    authored_at: str | None


class HitJson(JsonDocument):
    """A ranked passage. ``text`` equals the document's canonical text at ``[start:end]``."""

    rank: int
    score: float
    stage: str
    passage_id: str
    doc_id: str
    title: str
    kind: str
    language: str
    patient_id: str | None
    authored_at: str | None
    section: list[str]
    page: int | None
    start: int
    end: int
    text: str
    evidence_level: str | None
    retracted: bool
    derived: bool
    copies: list[CopyJson]


class StatedThingJson(JsonDocument):
    """A thing of the query as the passage states it; ``quote`` equals the canonical text at
    ``[start:end]``.
    """

    concept: str
    label: str
    assertion: str
    start: int
    end: int
    quote: str


class WhyJson(JsonDocument):
    """Why a hit is ranked there: the score of each stage, words shared with the query, what it states of the
    things asked, and whether that raised or lowered it.
    """

    scores: dict[str, float]
    words: list[str]
    states: list[StatedThingJson]
    effect: str


class RankedHitJson(HitJson):
    """A hit of a search, with its reason."""

    why: WhyJson | None


class EvidenceJson(HitJson):
    """A passage, or the part of it, that the model was given."""

    marker: int


class SearchJson(JsonDocument):
    """Result of ``search``."""

    query: str
    language: str
    k: int
    hits: list[RankedHitJson]
    timings_ms: dict[str, float]


class CitationJson(JsonDocument):
    """An exact quote."""

    marker: int
    doc_id: str
    passage_id: str
    quote: str
    start: int
    end: int
    page: int | None
    evidence_level: str | None
    retracted: bool


class TranslationJson(JsonDocument):
    """A quote in the language of the answer: an aid beside the original, made by a model and checked."""

    text: str
    language: str


class ClaimJson(JsonDocument):
    """One sentence with its support and quotes."""

    text: str
    start: int
    end: int
    support: str
    support_score: float
    citations: list[CitationJson]
    origin: str = "quoted"
    translation: TranslationJson | None = None


class NearMissJson(JsonDocument):
    """A place that comes near what was asked and does not answer it."""

    doc_id: str
    quote: str
    start: int
    end: int


class PartJson(JsonDocument):
    """One thing asked: what became of it, and the places in ``claims`` of the sentences that answer it."""

    question: str
    status: str
    claims: list[int]
    note: str
    near: list[NearMissJson]


class ContradictionJson(JsonDocument):
    """Evidence that speaks against a claim."""

    claim: str
    doc_id: str
    quote: str
    start: int
    end: int


class CoverageJson(JsonDocument):
    """What was searched."""

    documents_searched: int
    kinds: dict[str, int]
    date_from: str | None = Field(alias="from")
    date_to: str | None = Field(alias="to")
    patient_id: str | None


class TraceJson(JsonDocument):
    """What produced the answer."""

    model: str
    embedder: str
    verifier: str
    prompt_id: str
    prompt_sha256: str
    settings_fingerprint: str
    index_version: str
    timings_ms: dict[str, float]
    tokens_in: int
    tokens_out: int
    reader: str = "none"


class AnswerJson(JsonDocument):
    """Result of ``ask``."""

    question: str
    language: str
    answer: str
    abstained: bool
    abstain_reason: str | None
    claims: list[ClaimJson]
    withheld: list[ClaimJson]
    contradictions: list[ContradictionJson]
    evidence: list[EvidenceJson]
    coverage: CoverageJson
    invalid_markers: int
    notices: list[str]
    missing: list[str]
    relevance: float = 0.0
    parts: list[PartJson] = Field(default_factory=list)
    trace: TraceJson


class DocumentJson(JsonDocument):
    """One document, with its canonical text where asked for one."""

    doc_id: str
    title: str
    kind: str
    language: str
    patient_id: str | None
    encounter_id: str | None
    authored_at: str | None
    uri: str
    media_type: str
    sha256: str
    parser: str
    characters: int
    sections: list[dict[str, object]]
    pages: list[dict[str, object]]
    links: list[dict[str, str]]
    metadata: dict[str, str]
    text: str


def _hit_fields(hit: ScoredPassage) -> dict[str, object]:
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "stage": hit.stage,
        "passage_id": passage.passage_id,
        "doc_id": passage.doc_id,
        "title": passage.title,
        "kind": passage.kind,
        "language": passage.language,
        "patient_id": passage.patient_id,
        "authored_at": passage.authored_at,
        "section": list(passage.section),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "evidence_level": passage.evidence_level or None,
        "retracted": passage.retracted,
        "derived": passage.derived,
        "copies": [
            {
                "doc_id": copy.doc_id,
                "passage_id": copy.passage_id,
                "title": copy.title,
                "authored_at": copy.authored_at,
            }
            for copy in hit.copies
        ],
    }


def hit_json(hit: ScoredPassage) -> HitJson:
    """Return a ranked passage as JSON."""
    return HitJson.model_validate(_hit_fields(hit))


def evidence_json(item: Evidence) -> EvidenceJson:
    """Return evidence as JSON: the hit's fields, with the offsets and the text of what was shown."""
    shown = {"marker": item.marker, "start": item.start, "end": item.end, "text": item.text}
    return EvidenceJson.model_validate({**_hit_fields(item.scored), **shown})


def search_json(result: SearchResult, k: int) -> SearchJson:
    """Return a search result as JSON."""
    hits = [
        RankedHitJson.model_validate({**_hit_fields(hit), "why": _why_fields(hit)}) for hit in result.hits
    ]
    return SearchJson(
        query=result.query.text,
        language=result.query.language,
        k=k,
        hits=hits,
        timings_ms=_rounded(result.timings_ms),
    )


def _why_fields(hit: ScoredPassage) -> dict[str, object] | None:
    if hit.reason is None:
        return None
    reason = hit.reason
    return {
        "scores": {name: round(score, 6) for name, score in reason.scores.items()},
        "words": list(reason.words),
        "states": [asdict(one) for one in reason.states],
        "effect": reason.effect,
    }


def claim_json(claim: Claim) -> ClaimJson:
    """Return a claim as JSON."""
    citations = [_citation_json(citation) for citation in claim.citations]
    return ClaimJson(
        text=claim.text,
        start=claim.start,
        end=claim.end,
        support=claim.support,
        support_score=claim.support_score,
        citations=citations,
        origin=claim.origin,
        translation=(
            None
            if claim.translation is None
            else TranslationJson(text=claim.translation.text, language=claim.translation.language)
        ),
    )


def answer_json(answer: Answer) -> AnswerJson:
    """Return an answer as JSON."""
    return AnswerJson(
        question=answer.question,
        language=answer.language,
        answer=answer.answer,
        abstained=answer.abstained,
        abstain_reason=answer.abstain_reason,
        claims=[claim_json(claim) for claim in answer.claims],
        withheld=[claim_json(claim) for claim in answer.withheld],
        contradictions=[_contradiction_json(item) for item in answer.contradictions],
        evidence=[evidence_json(item) for item in answer.evidence],
        coverage=coverage_json(answer.coverage),
        invalid_markers=answer.invalid_markers,
        notices=list(answer.notices),
        missing=list(answer.missing),
        relevance=answer.relevance,
        parts=[_part_json(part) for part in answer.parts],
        trace=_trace_json(answer.trace),
    )


def coverage_json(coverage: Coverage) -> CoverageJson:
    """Return what was searched as JSON."""
    return CoverageJson(
        documents_searched=coverage.documents_searched,
        kinds=dict(coverage.kinds),
        date_from=coverage.date_from,
        date_to=coverage.date_to,
        patient_id=coverage.patient_id,
    )


def document_json(document: Document) -> DocumentJson:
    """Return a document with its canonical text as JSON."""
    return DocumentJson(
        doc_id=document.doc_id,
        title=document.title,
        kind=document.kind,
        language=document.language,
        patient_id=document.patient_id,
        encounter_id=document.encounter_id,
        authored_at=document.authored_at,
        uri=document.source.uri,
        media_type=document.source.media_type,
        sha256=document.source.sha256,
        parser=document.source.parser,
        characters=len(document.text),
        sections=[
            {"path": list(s.path), "start": s.start, "end": s.end, "page": s.page} for s in document.sections
        ],
        pages=[_page_json(page) for page in document.pages],
        links=[
            {"relation": link.relation, "doc_id": link.doc_id, "by": link.by, "title": link.title}
            for link in document.links
        ],
        metadata=dict(document.metadata),
        text=document.text,
    )


def _page_json(page: Page) -> dict[str, object]:
    """Return a page; one that was read from a picture says so, and how surely."""
    read = {"derived": True, "confidence": page.confidence} if page.derived else {}
    return {"number": page.number, "start": page.start, "end": page.end, **read}


def _citation_json(citation: Citation) -> CitationJson:
    return CitationJson(
        marker=citation.marker,
        doc_id=citation.doc_id,
        passage_id=citation.passage_id,
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        page=citation.page,
        evidence_level=citation.evidence_level or None,
        retracted=citation.retracted,
    )


def _part_json(part: AnswerPart) -> PartJson:
    near = [
        NearMissJson(doc_id=miss.doc_id, quote=miss.quote, start=miss.start, end=miss.end)
        for miss in part.near
    ]
    return PartJson(
        question=part.question, status=part.status, claims=list(part.claims), note=part.note, near=near
    )


def _contradiction_json(item: Contradiction) -> ContradictionJson:
    return ContradictionJson(
        claim=item.claim, doc_id=item.doc_id, quote=item.quote, start=item.start, end=item.end
    )


def _trace_json(trace: Trace) -> TraceJson:
    return TraceJson(
        model=trace.model,
        embedder=trace.embedder,
        verifier=trace.verifier,
        prompt_id=trace.prompt_id,
        prompt_sha256=trace.prompt_sha256,
        settings_fingerprint=trace.settings_fingerprint,
        index_version=trace.index_version,
        timings_ms=_rounded(trace.timings_ms),
        tokens_in=trace.tokens_in,
        tokens_out=trace.tokens_out,
        reader=trace.reader,
    )


def _rounded(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(value, 2) for stage, value in timings.items()}
