"""Ranked passages and the result of a search, as JSON."""

from __future__ import annotations

from dataclasses import asdict

from rag.contract.base import JsonDocument, rounded
from rag.core.types import ScoredPassage, SearchResult


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


class SearchJson(JsonDocument):
    """Result of ``search``."""

    query: str
    language: str
    k: int
    hits: list[RankedHitJson]
    timings_ms: dict[str, float]


def hit_fields(hit: ScoredPassage) -> dict[str, object]:
    """Return the fields that every ranked passage has, by their name in the contract."""
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


def search_json(result: SearchResult, k: int) -> SearchJson:
    """Return a search result as JSON."""
    hits = [RankedHitJson.model_validate({**hit_fields(hit), "why": _why_fields(hit)}) for hit in result.hits]
    return SearchJson(
        query=result.query.text,
        language=result.query.language,
        k=k,
        hits=hits,
        timings_ms=rounded(result.timings_ms),
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
