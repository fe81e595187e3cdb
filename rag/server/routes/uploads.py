"""Files that callers send, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel

from rag.messages import message
from rag.server.http.problems import language_of
from rag.server.permits import MayUpload
from rag.server.schemas import ClinicalDate, Id, Language
from rag.store.people.uploads import Told, Upload, UploadFileStatus, UploadStatus

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


@router.post("/documents", status_code=202, response_model=UploadJson)
async def upload(
    request: Request,
    reading: MayUpload,
    files: Annotated[list[UploadFile], File(min_length=1, description="One or several files.")],
    patient_id: Annotated[Id | None, Form()] = None,
    kind: Annotated[str | None, Form(max_length=80)] = None,
    authored_at: Annotated[ClinicalDate | Literal[""] | None, Form()] = None,
    language: Annotated[Language | Literal[""] | None, Form()] = None,
) -> UploadJson:
    """Take files in; they are read in the background. What is declared here holds for all of them."""
    given = {"patient_id": patient_id, "kind": kind, "authored_at": authored_at, "language": language}
    declared = {_FIELDS[name]: value.strip() for name, value in given.items() if value and value.strip()}
    sent = [(file.filename or "file", file.file) for file in files]
    return _json(await reading.run(reading.uploads.take, declared, sent), language_of(request))


@router.get("/uploads", response_model=UploadList)
async def list_uploads(request: Request, reading: MayUpload) -> UploadList:
    """List the caller's uploads of the last days."""
    found = await reading.run(reading.uploads.all)
    return UploadList(uploads=[_json(one, language_of(request)) for one in found])


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
