"""The JSON documents of facts, the care pathway and its coverage, as the contract fixes them; the command
line and the API share them.
"""

from __future__ import annotations

from urllib.parse import unquote

from pydantic import Field

from rag.contract import CoverageJson, JsonDocument, coverage_json
from rag.core.facts import Period
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
    name: str = Field(
        description="How the concept is called in the reader's language; `label` where it has no name there."
    )
    area: str = Field(
        description=(
            "What sort of thing the concept is, e.g. `condition` or `symptom`; empty where it is not known."
        )
    )
    label: str = Field(description="The document's own words.")
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
    state: str = Field(
        description=(
            "Of a treatment or a device `open`, `ended`, `planned` or `given` (on single occasions); else"
            " `planned` or empty."
        )
    )
    last: str | None = Field(description="Of a treatment or a device: the fact that says so.")


class ConflictJson(JsonDocument):
    """Facts that cannot all be true."""

    facts: list[str]
    why: str


class KindReadJson(JsonDocument):
    """The documents of one kind, and the period that they span."""

    kind: str
    documents: int
    date_from: str | None = Field(alias="from")
    date_to: str | None = Field(alias="to")


class FailedFileJson(JsonDocument):
    """A file of the patient that could not be read: its name, and the code of the reason."""

    file: str
    problem: str | None


class RecordCoverageJson(JsonDocument):
    """What a record holds, and what of it could not be read: written by the program, no document says it."""

    documents: CoverageJson
    kinds: list[KindReadJson]
    pages: int
    pages_without_text: int
    pages_read_poorly: int
    failed_files: int
    failed: list[FailedFileJson]
    facts: int
    copied_share: float = Field(
        description="Share of the facts whose words stand in an older document of the record too."
    )


class PathwayJson(JsonDocument):
    """The care pathway of a patient."""

    patient_id: str
    events: list[EventJson]
    conflicts: list[ConflictJson]
    coverage: RecordCoverageJson


def facts_json(patient_id: str, found: tuple[Quoted, ...]) -> FactsJson:
    """Return what a record states."""
    return FactsJson(patient_id=patient_id, facts=[_fact(one) for one in found])


def pathway_json(patient_id: str, pathway: Pathway) -> PathwayJson:
    """Return a care pathway."""
    return PathwayJson(
        patient_id=patient_id,
        events=events_json(pathway),
        conflicts=conflicts_json(pathway),
        coverage=record_coverage_json(pathway.coverage),
    )


def events_json(pathway: Pathway) -> list[EventJson]:
    """Return the events of a care pathway, the oldest first."""
    return [
        EventJson(
            kind=event.kind,
            title=event.title,
            at=_period(event.at),
            facts=[fact.fact_id for fact in event.facts],
            doc_ids=list(event.doc_ids),
            state=event.state,
            last=event.last.fact_id if event.last else None,
        )
        for event in pathway.events
    ]


def conflicts_json(pathway: Pathway) -> list[ConflictJson]:
    """Return what contradicts itself in a record."""
    return [
        ConflictJson(facts=[fact.fact_id for fact in one.facts], why=one.why) for one in pathway.conflicts
    ]


def record_coverage_json(coverage: RecordCoverage) -> RecordCoverageJson:
    """Return what a record holds. Of a file its name alone is told, not where it lies."""
    same = ("pages", "pages_without_text", "pages_read_poorly", "facts", "copied_share")
    return RecordCoverageJson(
        documents=coverage_json(coverage.documents),
        kinds=[
            KindReadJson(kind=one.kind, documents=one.documents, date_from=one.date_from, date_to=one.date_to)
            for one in coverage.kinds
        ],
        failed_files=len(coverage.failed),
        failed=[
            FailedFileJson(file=unquote(one.uri.rpartition("/")[2]), problem=one.problem)
            for one in coverage.failed
        ],
        **{name: getattr(coverage, name) for name in same},
    )


_OWN = frozenset({"codes", "at", "details", "spans", "name", "area"})
"""Fields of a fact's document that are not the fact's own as they are."""


def _fact(one: Quoted) -> FactJson:
    fact = one.fact
    same = {name: getattr(fact, name) for name in FactJson.model_fields if name not in _OWN}
    spans = [
        SpanJson(start=start, end=end, quote=quote)
        for (start, end), quote in zip(fact.spans, one.quotes, strict=True)
    ]
    codes = [CodeJson(system=code.system, code=code.code) for code in fact.codes]
    at, details = _period(fact.at), dict(fact.details)
    return FactJson(**same, name=one.name, area=one.area, codes=codes, at=at, details=details, spans=spans)


def _period(period: Period | None) -> PeriodJson | None:
    return (
        None if period is None else PeriodJson(start=period.start, end=period.end, precision=period.precision)
    )
