"""Documents: list, one, its text, erasing one; patients, and what a search would look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from rag.contract import CoverageJson, DocumentJson, coverage_json, document_json
from rag.core.traits import Traits, homonyms
from rag.core.types import Filters
from rag.server.permits import MayDelete, MayRead
from rag.server.schemas import ClinicalTime, Id, Language
from rag.store.records import DocumentSummary

router = APIRouter(prefix="/v1", tags=["documents"])


class DocumentItem(BaseModel):
    """A document in a list."""

    doc_id: Id
    title: str
    kind: str
    language: str
    patient_id: str | None
    encounter_id: str | None
    authored_at: str | None
    media_type: str
    characters: int
    pages: int
    passages: int
    added_at: str
    updated_at: str


class DocumentList(BaseModel):
    """A part of the documents; `next` is the `after` of the next part."""

    count: int
    documents: list[DocumentItem]
    next: str | None


class PatientItem(BaseModel):
    """A patient whose documents the caller may read, with what their headers say of who it is; empty where
    none says. `homonyms` are patients of the same name whom the caller may read too.
    """

    patient_id: str
    documents: int
    family_name: str = ""
    birth_name: str = ""
    given_name: str = ""
    birth_date: str = ""
    sex: Literal["f", "m", ""] = ""
    ins: str = ""
    homonyms: list[str] = []


class PatientList(BaseModel):
    """Patients by ascending id."""

    count: int
    patients: list[PatientItem]


class ErasedJson(BaseModel):
    """What was erased, counted."""

    doc_ids: list[str]
    passages: int
    sources: int
    vectors: int
    turns: int


@router.get("/documents", response_model=DocumentList)
async def list_documents(
    reading: MayRead,
    patient_id: Annotated[Id | None, Query()] = None,
    kind: Annotated[list[str] | None, Query(max_length=50)] = None,
    language: Annotated[Language | None, Query()] = None,
    date_from: Annotated[ClinicalTime, Query(alias="from")] = None,
    date_to: Annotated[ClinicalTime, Query(alias="to")] = None,
    words: Annotated[
        str | None,
        Query(alias="q", max_length=200, description="Words that title, kind or patient must contain."),
    ] = None,
    after: Annotated[Id | None, Query(description="Documents after this id.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> DocumentList:
    """List the documents that the caller may read, by ascending id."""
    filters = Filters(
        patient_ids=None if patient_id is None else frozenset({patient_id}),
        literature=patient_id is None,
        date_from=date_from,
        date_to=date_to,
        kinds=frozenset(kind) if kind else None,
        languages=frozenset({language}) if language else None,
    )
    found = await reading.run(reading.documents, filters, (words or "").lower().split(), after or "", limit)
    return DocumentList(
        count=len(found),
        documents=[document_item(one) for one in found],
        next=found[-1].doc_id if len(found) == limit else None,
    )


@router.get("/documents/{doc_id:path}/text", response_class=PlainTextResponse)
async def get_text(doc_id: Id, reading: MayRead) -> PlainTextResponse:
    """Return the canonical text, to which every offset refers."""
    document = await reading.run(reading.document, doc_id)
    return PlainTextResponse(document.text)


@router.get("/documents/{doc_id:path}", response_model=DocumentJson)
async def get_document(doc_id: Id, reading: MayRead) -> DocumentJson:
    """Return a document with its canonical text. One that the caller may not read is not there."""
    return document_json(await reading.run(reading.document, doc_id))


@router.get("/patients", response_model=PatientList)
async def list_patients(reading: MayRead) -> PatientList:
    """List the patients whose documents the caller may read."""
    known, traits = await reading.run(reading.patients), await reading.run(reading.traits)
    alike = homonyms(traits)
    shown = [
        patient_item(patient_id, count, traits.get(patient_id, Traits()), alike.get(patient_id, ()))
        for patient_id, count in known.items()
    ]
    return PatientList(count=len(shown), patients=shown)


def patient_item(patient_id: str, count: int, who: Traits, alike: Iterable[str]) -> PatientItem:
    """Return a patient of the list."""
    return PatientItem(
        patient_id=patient_id,
        documents=count,
        family_name=who.family,
        birth_name=who.birth_family,
        given_name=who.given,
        birth_date=who.born,
        sex=who.sex,
        ins=who.ins,
        homonyms=sorted(alike),
    )


@router.get("/coverage", response_model=CoverageJson)
async def coverage(
    reading: MayRead,
    patient_id: Annotated[Id | None, Query()] = None,
    with_literature: Annotated[bool, Query(description="With `patient_id`: the literature too.")] = False,
) -> CoverageJson:
    """Say what a search would look at: documents by kind, and the period they span."""
    patients = None if patient_id is None else frozenset({patient_id})
    filters = Filters(patient_ids=patients, literature=patient_id is None or with_literature)
    found = await reading.run(reading.coverage, filters)
    return coverage_json(replace(found, patient_id=patient_id))


@router.delete("/documents/{doc_id:path}", response_model=ErasedJson)
async def erase(doc_id: Id, reading: MayDelete) -> ErasedJson:
    """Erase a document from index, database, stored sources, caches and conversations. The hospital's own
    file is not touched.
    """
    erased = await reading.run(reading.erase, doc_id)
    fields = ("passages", "sources", "vectors", "turns")
    return ErasedJson(doc_ids=list(erased.doc_ids), **{name: getattr(erased, name) for name in fields})


def document_item(summary: DocumentSummary) -> DocumentItem:
    """Return a document as a list shows it."""
    return DocumentItem(**{name: getattr(summary, name) for name in DocumentItem.model_fields})
