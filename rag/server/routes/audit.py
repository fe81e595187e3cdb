"""``GET /v1/audit``: who read what, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rag.server.permits import MayAudit
from rag.server.schemas import Id
from rag.store.people.audit_entries import AuditEntry

router = APIRouter(prefix="/v1/audit", tags=["audit"])


class AuditItem(BaseModel):
    """One access. `patient_id` is null for literature, lists and sign-ins; `outcome` is `allowed` or
    `denied`.
    """

    at: str
    account_id: str
    name: str
    via: str
    action: str
    outcome: str
    patient_id: str | None
    doc_ids: list[str]
    request_id: str
    address: str = Field(description="The client's, as the server or its trusted proxy saw it.")
    detail: dict[str, str | int] = Field(description="Models, counts and reasons; no text of a document.")
    entry: int


class AuditList(BaseModel):
    """Accesses, the latest first. `next_before` asks for the next page, null on the last."""

    entries: list[AuditItem]
    next_before: int | None = None


@router.get("", response_model=AuditList)
async def audit(
    reading: MayAudit,
    patient_id: Annotated[
        Id | None,
        Query(description="Only accesses to this patient, under every id that is joined to this one."),
    ] = None,
    account: Annotated[str | None, Query(max_length=80, description="Only accesses of this account.")] = None,
    before: Annotated[
        int | None, Query(ge=1, description="Only entries with a lower number: the next page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> AuditList:
    """Show who read what."""
    wanted = {"patient_id": patient_id, "account": account}
    found = await reading.run(reading.audit_entries, **wanted, before=before, limit=limit)
    following = found[-1].entry if len(found) == limit else None
    return AuditList(entries=[_item(entry) for entry in found], next_before=following)


def _item(entry: AuditEntry) -> AuditItem:
    values = {name: getattr(entry, name) for name in AuditItem.model_fields}
    return AuditItem(**{**values, "doc_ids": list(entry.doc_ids), "detail": dict(entry.detail)})
