"""Files that callers send, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel

from rag.contract import DocumentJson, document_json
from rag.ingest.sources.literature import DECLARATION
from rag.messages import message
from rag.server.http.problems import language_of
from rag.server.permits import MayCurate, MayUpload
from rag.server.routes.documents import ErasedJson
from rag.server.schemas import ClinicalDate, Id, Language, RequestBody
from rag.store.people.uploads import Told, Upload, UploadFileStatus, UploadStatus

router = APIRouter(prefix="/v1", tags=["documents"])
_FIELDS = {"patient_id": "patient_id", "kind": "kind", "authored_at": "date", "language": "language"}
_FIELDS |= {"literature": DECLARATION}
"""Form field → key of a sidecar."""


class UploadFileJson(BaseModel):
    """One file: what became of it, and in words what kept it, or a part of it, from being indexed."""

    name: str
    size: int
    status: UploadFileStatus
    problems: list[str]
    warnings: list[str]
    doc_ids: list[str]


class UploadJson(BaseModel):
    """Files sent together. Ask again until `status` is `done`."""

    upload_id: str
    status: UploadStatus
    created_at: str
    files: list[UploadFileJson]


class UploadList(BaseModel):
    """The caller's uploads of the last days, the latest first."""

    uploads: list[UploadJson]


class QuarantinedJson(BaseModel):
    """A document that names no patient and is no article: nobody finds it until somebody says what it is."""

    doc_id: str
    title: str
    kind: str
    characters: int
    origin: str
    held_at: str


class QuarantineList(BaseModel):
    """What waits, the oldest first."""

    count: int
    documents: list[QuarantinedJson]


class PatientBody(RequestBody):
    """Whose a document is."""

    patient_id: Id


class AssignedJson(BaseModel):
    """The document left quarantine; `patient_id` is null for literature."""

    doc_id: str
    patient_id: str | None


_SHOWN = tuple(QuarantinedJson.model_fields)


@router.post("/documents", status_code=202, response_model=UploadJson)
async def upload(
    request: Request,
    reading: MayUpload,
    files: Annotated[list[UploadFile], File(min_length=1, description="One or several files.")],
    patient_id: Annotated[Id | None, Form()] = None,
    kind: Annotated[str | None, Form(max_length=80)] = None,
    authored_at: Annotated[ClinicalDate | Literal[""] | None, Form()] = None,
    language: Annotated[Language | Literal[""] | None, Form()] = None,
    literature: Annotated[
        bool, Form(description="These files are of no patient: articles, guidelines. For curators.")
    ] = False,
) -> UploadJson:
    """Take files in; they are read in the background. What is declared here holds for all of them."""
    is_literature = "true" if literature else ""
    given = {"patient_id": patient_id, "kind": kind, "authored_at": authored_at, "language": language}
    given |= {"literature": is_literature}
    declared = {_FIELDS[name]: value.strip() for name, value in given.items() if value and value.strip()}
    sent = [(file.filename or "file", file.file) for file in files]
    return _json(await reading.run(reading.uploads.take, declared, sent), language_of(request))


@router.get("/uploads", response_model=UploadList)
async def list_uploads(request: Request, reading: MayUpload) -> UploadList:
    """List the caller's uploads of the last days."""
    found = await reading.run(reading.uploads.all)
    return UploadList(uploads=[_json(one, language_of(request)) for one in found])


@router.get("/quarantine", response_model=QuarantineList)
async def list_quarantine(reading: MayUpload) -> QuarantineList:
    """List what waits because it names no patient: the caller's own uploads, for curators all."""
    found = await reading.run(reading.quarantine.all)
    shown = [QuarantinedJson(**{name: getattr(one, name) for name in _SHOWN}) for one in found]
    return QuarantineList(count=len(shown), documents=shown)


@router.post("/quarantine/{doc_id:path}/assign", response_model=AssignedJson)
async def assign_quarantined(doc_id: Id, body: PatientBody, reading: MayUpload) -> AssignedJson:
    """Say whose document it is: it is found under this patient from now on."""
    patient_id = await reading.run(reading.quarantine.assign, doc_id, body.patient_id)
    return AssignedJson(doc_id=doc_id, patient_id=patient_id)


@router.post("/quarantine/{doc_id:path}/literature", response_model=AssignedJson)
async def mark_literature(doc_id: Id, reading: MayCurate) -> AssignedJson:
    """Say that a document is literature: everybody may read it from now on."""
    await reading.run(reading.quarantine.mark_literature, doc_id)
    return AssignedJson(doc_id=doc_id, patient_id=None)


@router.get("/quarantine/{doc_id:path}", response_model=DocumentJson)
async def get_quarantined(doc_id: Id, reading: MayUpload) -> DocumentJson:
    """Return a document that waits, with its text, for who is to say whose it is."""
    return document_json(await reading.run(reading.quarantine.document, doc_id))


@router.delete("/quarantine/{doc_id:path}", response_model=ErasedJson)
async def delete_quarantined(doc_id: Id, reading: MayUpload) -> ErasedJson:
    """Erase a document that waits."""
    erased = await reading.run(reading.quarantine.delete, doc_id)
    fields = ("passages", "sources", "vectors", "turns")
    return ErasedJson(doc_ids=list(erased.doc_ids), **{name: getattr(erased, name) for name in fields})


@router.get("/uploads/{upload_id}", response_model=UploadJson)
async def get_upload(upload_id: Id, request: Request, reading: MayUpload) -> UploadJson:
    """Say what became of an upload so far."""
    return _json(await reading.run(reading.uploads.one, upload_id), language_of(request))


def _json(upload: Upload, language: str) -> UploadJson:
    files = [
        UploadFileJson(
            name=file.name,
            size=file.size,
            status=file.status,
            problems=[_words(told, language) for told in file.problems],
            warnings=[_words(told, language) for told in file.warnings],
            doc_ids=list(file.doc_ids),
        )
        for file in upload.files
    ]
    return UploadJson(
        upload_id=upload.upload_id, status=upload.status, created_at=upload.created_at, files=files
    )


def _words(told: Told, language: str) -> str:
    return message(f"errors.{told.key}", language, **told.variables)
