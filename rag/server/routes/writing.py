"""Documents that come and go: uploads with their status, and erasing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel

from rag.errors import NotFound, UsageError
from rag.messages import message
from rag.server.problems import language_of
from rag.server.reading import Deleter, Reading, Uploader
from rag.server.refusals import Forbidden
from rag.server.schemas import ClinicalDate, Id, Language
from rag.server.uploading import DEMO_PREFIX
from rag.store.uploads import Right, Told, Upload, UploadFileStatus, UploadStatus

router = APIRouter(prefix="/v1", tags=["documents"])
_FIELDS = {"patient_id": "patient_id", "kind": "kind", "authored_at": "date", "language": "language"}
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


class Erased(BaseModel):
    """What was erased, counted."""

    doc_ids: list[str]
    passages: int
    sources: int
    vectors: int
    turns: int


@router.post("/documents", status_code=202, response_model=UploadJson)
async def upload(
    request: Request,
    reading: Uploader,
    files: Annotated[list[UploadFile], File(min_length=1, description="One or several files.")],
    patient_id: Annotated[Id | None, Form()] = None,
    kind: Annotated[str | None, Form(max_length=80)] = None,
    authored_at: Annotated[ClinicalDate | Literal[""] | None, Form()] = None,
    language: Annotated[Language | Literal[""] | None, Form()] = None,
) -> UploadJson:
    """Take files in; they are read in the background. What is declared here holds for all of them."""
    services = reading.services
    if len(files) > services.settings.server.max_upload_files:
        raise UsageError("upload_too_many", count=len(files), limit=services.settings.server.max_upload_files)
    right = _right(reading, services.demo)
    if patient_id is not None:
        await services.threads.run(_check_patient, reading, patient_id)
    given = {"patient_id": patient_id, "kind": kind, "authored_at": authored_at, "language": language}
    declared = {_FIELDS[name]: value.strip() for name, value in given.items() if value and value.strip()}
    sent = [(file.filename or "file", file.file) for file in files]
    taken = await services.threads.run(services.uploading.take, reading.caller.account_id, right, declared, sent)
    await services.threads.run(reading.note, "upload", [(patient_id, taken.upload_id)])
    return _json(taken, language_of(request))


@router.get("/uploads", response_model=UploadList)
async def list_uploads(request: Request, reading: Uploader) -> UploadList:
    """List the caller's uploads of the last days."""
    found = await reading.services.threads.run(reading.services.uploading.store.of_account, reading.caller.account_id)
    return UploadList(uploads=[_json(one, language_of(request)) for one in found])


@router.get("/uploads/{upload_id}", response_model=UploadJson)
async def get_upload(upload_id: Id, request: Request, reading: Uploader) -> UploadJson:
    """Say what became of an upload so far."""
    found = await reading.services.threads.run(reading.services.uploading.store.get, upload_id, reading.caller.account_id)
    if found is None:
        raise NotFound("upload_not_found", upload_id=upload_id)
    return _json(found, language_of(request))


@router.delete("/documents/{doc_id:path}", response_model=Erased)
async def erase(doc_id: Id, reading: Deleter) -> Erased:
    """Erase a document from index, database, stored sources, caches and conversations. The hospital's own file is not touched."""
    return await reading.services.threads.run(_erase, reading, doc_id)


def _erase(reading: Reading, doc_id: str) -> Erased:
    document = reading.document(doc_id)
    if document.patient_id is None and "curate" not in reading.caller.permissions:
        raise Forbidden("role_not_allowed", permission="curate")
    reading.note("delete", [(document.patient_id, doc_id)])
    erased = reading.services.opened.forget(doc_ids=[doc_id])
    fields = ("passages", "sources", "vectors", "turns")
    return Erased(doc_ids=list(erased.doc_ids), **{name: getattr(erased, name) for name in fields})


def _check_patient(reading: Reading, patient_id: str) -> None:
    (surviving,) = reading.services.opened.store.surviving([patient_id])
    if not reading.caller.scope.allows(surviving):
        reading.note("upload", [(patient_id, "")], "denied")
        raise Forbidden("patient_not_allowed")
    if reading.services.demo and not patient_id.startswith(DEMO_PREFIX):
        raise UsageError("upload_not_demo", file=patient_id, prefix=DEMO_PREFIX)


def _right(reading: Reading, demo: bool) -> Right:
    patients = reading.caller.scope.patient_ids
    return Right(None if patients is None else tuple(sorted(patients)), "curate" in reading.caller.permissions, demo)


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
    return UploadJson(upload_id=upload.upload_id, status=upload.status, created_at=upload.created_at, files=files)


def _words(told: Told, language: str) -> str:
    return message(f"errors.{told.key}", language, **told.variables)
