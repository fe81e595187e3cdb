"""A patient's record: the care pathway with the documents in order of time, what is stated with its sources,
and what was looked at.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from rag.core.facts import FactKind
from rag.record_json import (
    ConflictJson,
    EventJson,
    FactsJson,
    RecordCoverageJson,
    conflicts_json,
    events_json,
    facts_json,
    record_coverage_json,
)
from rag.server.http.problems import language_of
from rag.server.permits import MayRead
from rag.server.records import Wanted
from rag.server.routes.documents import DocumentItem, document_item
from rag.server.schemas import ClinicalTime, Id

router, cohorts = (
    APIRouter(prefix="/v1/patients", tags=["records"]),
    APIRouter(prefix="/v1", tags=["records"]),
)
Kinds = Annotated[
    list[FactKind] | None, Query(max_length=20, description="Kinds of facts, e.g. `drug`; one or several.")
]
Concepts = Annotated[
    list[Id] | None, Query(max_length=200, description="Concepts, e.g. `potassium`; one or several.")
]


class CohortJson(BaseModel):
    """How many patients; null where a count is small, or would give a small one away."""

    concept: str
    total: int | None
    by: Literal["sex", "birth"] | None
    cells: dict[str, int | None]
    least: int


class Timeline(BaseModel):
    """A patient's documents and events, the oldest first; those without a date come last."""

    patient_id: str
    count: int
    documents: list[DocumentItem]
    events: list[EventJson]
    conflicts: list[ConflictJson]
    coverage: RecordCoverageJson


@router.get("/{patient_id:path}/timeline", response_model=Timeline)
async def timeline(
    patient_id: Id,
    request: Request,
    reading: MayRead,
    date_from: Annotated[
        ClinicalTime, Query(alias="from", description="Not before: 2026, 2026-03 or 2026-03-12.")
    ] = None,
    date_to: Annotated[ClinicalTime, Query(alias="to", description="Not after.")] = None,
    kind: Kinds = None,
) -> Timeline:
    """Return a patient's care pathway: documents, events, and statements that cannot all be true.

    `from` and `to` narrow documents and events, `kind` the events; conflicts and coverage are those of the
    whole record. Titles are in the language of `Accept-Language`. A patient outside the scope is reported
    exactly as one who is unknown.
    """
    wanted = Wanted(_set(kind), None, date_from, date_to)
    documents, pathway = await reading.run(reading.records(language_of(request)).timeline, patient_id, wanted)
    return Timeline(
        patient_id=patient_id,
        count=len(documents),
        documents=[document_item(one) for one in documents],
        events=events_json(pathway),
        conflicts=conflicts_json(pathway),
        coverage=record_coverage_json(pathway.coverage),
    )


@router.get("/{patient_id:path}/facts", response_model=FactsJson)
async def facts(
    patient_id: Id, request: Request, reading: MayRead, concept: Concepts = None, kind: Kinds = None
) -> FactsJson:
    """Return what a patient's documents state, each with the exact words. A patient outside the scope is
    reported as one who is unknown.

    A record that states nothing of what is asked gives an empty list; what was looked at says `coverage`.
    """
    wanted = Wanted(_set(kind), frozenset(concept) if concept else None)
    return facts_json(
        patient_id, await reading.run(reading.records(language_of(request)).facts, patient_id, wanted)
    )


@router.get("/{patient_id:path}/coverage", response_model=RecordCoverageJson)
async def coverage(patient_id: Id, reading: MayRead) -> RecordCoverageJson:
    """Say what there is of a patient, by kind and period, and what could not be read. A patient outside the
    scope is as one unknown.
    """
    return record_coverage_json(await reading.run(reading.records().coverage, patient_id))


def _set(kinds: list[FactKind] | None) -> frozenset[FactKind] | None:
    return frozenset(kinds) if kinds else None


@cohorts.get("/cohort", response_model=CohortJson)
async def cohort(
    concept: Annotated[Id, Query(description="A concept, e.g. `diabetes`.")],
    reading: MayRead,
    by: Annotated[
        Literal["sex", "birth"] | None, Query(description="Parts: sex, or decade of birth.")
    ] = None,
) -> CohortJson:
    """Count the patients in scope of whom a concept is stated as present. Who opposes research is not among
    them.
    """
    return CohortJson.model_validate((await reading.run(reading.cohort, concept, by)).to_json())
