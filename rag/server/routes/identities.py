"""The identity desk over HTTP: what waits, and what is decided. For curators who may read every patient;
notices are for all.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from rag.ingest.identity.desk import Decided
from rag.server.permits import MayCurate, MayRead
from rag.server.routes.documents import ErasedJson
from rag.server.schemas import Id, RequestBody
from rag.store.identity.desk import HeldDocument, HoldReason, Proposal, ProposalReason, ProposalStatus

router = APIRouter(prefix="/v1/identities", tags=["identities"])


class ProposalJson(BaseModel):
    """Two ids that a document says are one patient; `new_id` survives.

    `origin` is `feed`, `upload:<account>`, or `upload` where it takes a feed and an upload to say it.
    """

    proposal_id: str
    old_id: str
    new_id: str
    reason: ProposalReason
    said: str
    doc_id: str
    origin: str
    status: ProposalStatus
    proposed_at: str
    decided_at: str | None
    decided_by: str | None


class HeldJson(BaseModel):
    """A document in quarantine: it names `patient_id`, and the national identity of `other_id` (null: not
    this patient's). Of `reason` `no_patient` it names nobody.
    """

    doc_id: str
    title: str
    kind: str
    patient_id: str | None
    other_id: str | None
    origin: str
    held_at: str
    reason: HoldReason


class DeskJson(BaseModel):
    """What waits for the identity desk."""

    proposals: list[ProposalJson]
    held: list[HeldJson]


class DecidedJson(BaseModel):
    """What a decision came to: the documents that moved, left quarantine, or went back there."""

    proposal: ProposalJson
    moved: list[str]
    released: list[str]
    held: list[str]


class AssignmentBody(RequestBody):
    """Whose a document is."""

    patient_id: Id


class Assigned(BaseModel):
    """The document left quarantine, and is found under this patient."""

    doc_id: str
    patient_id: str


class NoticeJson(BaseModel):
    """Two ids of the caller's patients were joined (`confirmed`) or parted (`reversed`)."""

    at: str
    status: ProposalStatus
    old_id: str
    new_id: str


class NoticeList(BaseModel):
    """Notices, the latest first."""

    notices: list[NoticeJson]


@router.get("", response_model=DeskJson)
async def desk(
    reading: MayCurate,
    status: Annotated[
        ProposalStatus | None, Query(description="Only proposals of this status; `proposed` by default.")
    ] = "proposed",
) -> DeskJson:
    """List what waits for a decision: proposals, and documents in quarantine."""
    proposals, held = await reading.run(reading.desk.waiting, status)
    return DeskJson(proposals=[_proposal(one) for one in proposals], held=[_held(one) for one in held])


@router.get("/notices", response_model=NoticeList)
async def notices(reading: MayRead) -> NoticeList:
    """List the decisions that concern the patients whom the caller may read."""
    found = await reading.run(reading.desk.notices)
    return NoticeList(
        notices=[
            NoticeJson(at=one.decided_at or "", status=one.status, old_id=one.old_id, new_id=one.new_id)
            for one in found
        ]
    )


@router.post("/{proposal_id}/confirm", response_model=DecidedJson)
async def confirm(proposal_id: Id, reading: MayCurate) -> DecidedJson:
    """Say that the two are one patient: everything of the old id goes to the one that survives."""
    return _decided(await reading.run(reading.desk.decide, "confirm", proposal_id))


@router.post("/{proposal_id}/reject", response_model=DecidedJson)
async def reject(proposal_id: Id, reading: MayCurate) -> DecidedJson:
    """Say that the two are two patients: nothing moves, and the pair is not proposed again."""
    return _decided(await reading.run(reading.desk.decide, "reject", proposal_id))


@router.post("/{proposal_id}/reverse", response_model=DecidedJson)
async def reverse(proposal_id: Id, reading: MayCurate) -> DecidedJson:
    """Take back what confirming did: everything is as it was before."""
    return _decided(await reading.run(reading.desk.decide, "reverse", proposal_id))


@router.post("/held/{doc_id:path}/assign", response_model=Assigned)
async def assign(doc_id: Id, body: AssignmentBody, reading: MayCurate) -> Assigned:
    """Take a document out of quarantine for a patient."""
    patient_id = await reading.run(reading.desk.assign, doc_id, body.patient_id)
    return Assigned(doc_id=doc_id, patient_id=patient_id)


@router.delete("/held/{doc_id:path}", response_model=ErasedJson)
async def discard(doc_id: Id, reading: MayCurate) -> ErasedJson:
    """Erase a document that is in quarantine."""
    erased = await reading.run(reading.desk.discard, doc_id)
    fields = ("passages", "sources", "vectors", "turns")
    return ErasedJson(doc_ids=list(erased.doc_ids), **{name: getattr(erased, name) for name in fields})


def _proposal(one: Proposal) -> ProposalJson:
    return ProposalJson(**{name: getattr(one, name) for name in ProposalJson.model_fields})


def _held(one: HeldDocument) -> HeldJson:
    return HeldJson(**{name: getattr(one, name) for name in HeldJson.model_fields})


def _decided(done: Decided) -> DecidedJson:
    moved, released, held = (list(ids) for ids in (done.moved, done.released, done.held))
    return DecidedJson(proposal=_proposal(done.proposal), moved=moved, released=released, held=held)
