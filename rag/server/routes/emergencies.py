"""``/v1/emergencies``: access to a patient out of one's care, with a reason, for some hours, reviewed
afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rag.server.permits import MayAudit, MayOpenEmergency, MayRead
from rag.server.schemas import Id, RequestBody
from rag.store.people.access import Emergency

router = APIRouter(prefix="/v1/emergencies", tags=["emergencies"])
Reason = Annotated[str, Field(min_length=10, max_length=1000, pattern=r"\S.{8,}")]


class EmergencyBody(RequestBody):
    """Whose record, and why; the reason is read by who reviews."""

    patient_id: Id
    reason: Reason


class ReviewBody(RequestBody):
    """What the reviewer finds; what is not justified ends at once."""

    verdict: Literal["justified", "unjustified"]
    remark: str = Field("", max_length=1000)


class EmergencyJson(BaseModel):
    """One emergency access. `verdict` is null until somebody reviewed it."""

    emergency_id: str
    account_id: str
    name: str
    patient_id: str
    reason: str
    opened_at: str
    until: str
    verdict: Literal["justified", "unjustified"] | None
    reviewed_by: str | None
    reviewed_at: str | None
    remark: str


class EmergencyList(BaseModel):
    """The caller's emergencies, the latest first; for who may read the audit, those of all."""

    emergencies: list[EmergencyJson]


@router.post("", status_code=201, response_model=EmergencyJson)
async def open_emergency(body: EmergencyBody, reading: MayOpenEmergency) -> EmergencyJson:
    """Open a patient's record in an emergency. It is audited, told as an alert, and reviewed."""
    return _json(await reading.run(reading.emergencies.open, body.patient_id, body.reason))


@router.get("", response_model=EmergencyList)
async def list_emergencies(reading: MayRead) -> EmergencyList:
    """List emergencies."""
    found = await reading.run(reading.emergencies.all)
    return EmergencyList(emergencies=[_json(one) for one in found])


@router.post("/{emergency_id}/review", response_model=EmergencyJson)
async def review_emergency(emergency_id: Id, body: ReviewBody, reading: MayAudit) -> EmergencyJson:
    """Say whether an emergency of somebody else was one."""
    reviewed = await reading.run(reading.emergencies.review, emergency_id, body.verdict, body.remark)
    return _json(reviewed)


def _json(one: Emergency) -> EmergencyJson:
    values = {name: getattr(one, name) for name in EmergencyJson.model_fields}
    until = datetime.fromtimestamp(one.until, UTC).isoformat(timespec="seconds")
    return EmergencyJson(**{**values, "until": until})
