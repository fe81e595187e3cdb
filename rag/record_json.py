"""The JSON documents of facts, the care pathway and its coverage, as the contract fixes them; the command line and the API share them."""

from __future__ import annotations

from pydantic import Field

from rag.contract import CoverageJson, JsonDocument, coverage_json
from rag.core.facts import Fact, Period
from rag.record import Pathway, Quoted, RecordCoverage


class CodeJson(JsonDocument):
    """A code of a terminology."""

    system: str
    code: str


class PeriodJson(JsonDocument):
    """When something holds; an end that is open or unknown is null."""

    start: str | None = Field(alias="from")
    end: str | None = Field(alias="to")
    precision: str


class SpanJson(JsonDocument):
    """Exact words: ``quote`` equals the document's canonical text at ``[start:end]``."""

    start: int
    end: int
    quote: str


class FactJson(JsonDocument):
    """One thing that a document states."""

    fact_id: str
    kind: str
    concept: str
    label: str
    codes: list[CodeJson]
    value: float | None
    comparator: str
    unit: str
    value_text: str
    status: str
    assertion: str
    side: str
    at: PeriodJson | None
    recorded_at: str | None
    reason: str
    source: str
    confidence: float
    details: dict[str, str]
    doc_id: str
    spans: list[SpanJson]


class FactsJson(JsonDocument):
    """What a patient's record states."""

    patient_id: str
    facts: list[FactJson]


class EventJson(JsonDocument):
    """An event of the care pathway."""

    kind: str
    title: str
    at: PeriodJson | None
    facts: list[str]
    doc_ids: list[str]


class ConflictJson(JsonDocument):
    """Facts that cannot all be true."""

    facts: list[str]
    why: str


class RecordCoverageJson(JsonDocument):
    """What a record holds, and what of it could not be read."""

    documents: CoverageJson
    pages: int
    pages_without_text: int
    pages_read_poorly: int
    failed_files: int
    facts: int
    copied_share: float


class PathwayJson(JsonDocument):
    """The care pathway of a patient."""

    patient_id: str
    events: list[EventJson]
    conflicts: list[ConflictJson]
    coverage: RecordCoverageJson


def facts_json(patient_id: str, found: tuple[Quoted, ...]) -> FactsJson:
    """Return what a record states."""
    return FactsJson(patient_id=patient_id, facts=[_fact(one.fact, one.quotes) for one in found])


def pathway_json(patient_id: str, pathway: Pathway) -> PathwayJson:
    """Return a care pathway."""
    events = [
        EventJson(
            kind=event.kind,
            title=event.title,
            at=_period(event.at),
            facts=[fact.fact_id for fact in event.facts],
            doc_ids=list(event.doc_ids),
        )
        for event in pathway.events
    ]
    conflicts = [ConflictJson(facts=[fact.fact_id for fact in one.facts], why=one.why) for one in pathway.conflicts]
    return PathwayJson(patient_id=patient_id, events=events, conflicts=conflicts, coverage=record_coverage_json(pathway.coverage))


def record_coverage_json(coverage: RecordCoverage) -> RecordCoverageJson:
    """Return what a record holds."""
    counts = {name: getattr(coverage, name) for name in RecordCoverageJson.model_fields if name != "documents"}
    return RecordCoverageJson(documents=coverage_json(coverage.documents), **counts)


def _fact(fact: Fact, quotes: tuple[str, ...]) -> FactJson:
    same = {name: getattr(fact, name) for name in FactJson.model_fields if name not in ("codes", "at", "details", "spans")}
    spans = [SpanJson(start=start, end=end, quote=quote) for (start, end), quote in zip(fact.spans, quotes, strict=True)]
    codes = [CodeJson(system=code.system, code=code.code) for code in fact.codes]
    return FactJson(**same, codes=codes, at=_period(fact.at), details=dict(fact.details), spans=spans)


def _period(period: Period | None) -> PeriodJson | None:
    return None if period is None else PeriodJson(start=period.start, end=period.end, precision=period.precision)
