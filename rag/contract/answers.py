"""An answer with its claims, quotes, evidence and trace, as JSON."""

from __future__ import annotations

from pydantic import Field

from rag.contract.base import JsonDocument, rounded
from rag.contract.hits import HitJson, hit_fields
from rag.core.types import Answer, AnswerPart, Citation, Claim, Contradiction, Coverage, Evidence, Trace


class EvidenceJson(HitJson):
    """A passage, or the part of it, that the model was given."""

    marker: int


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


class CitedPictureJson(JsonDocument):
    """A picture that the sentence describes. `frame` counts from 0, `page` from 1."""

    doc_id: str
    frame: int
    page: int | None


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
    pictures: list[CitedPictureJson] = Field(default_factory=list)


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


def evidence_json(item: Evidence) -> EvidenceJson:
    """Return evidence as JSON: the hit's fields, with the offsets and the text of what was shown."""
    shown = {"marker": item.marker, "start": item.start, "end": item.end, "text": item.text}
    return EvidenceJson.model_validate({**hit_fields(item.scored), **shown})


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
        pictures=[
            CitedPictureJson(doc_id=one.doc_id, frame=one.frame, page=one.page) for one in claim.pictures
        ],
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
        timings_ms=rounded(trace.timings_ms),
        tokens_in=trace.tokens_in,
        tokens_out=trace.tokens_out,
        reader=trace.reader,
    )
