"""Conversations and feedback. They belong to the caller; what quotes a patient out of scope by now is not there."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rag.contract import AnswerJson
from rag.core.errors import NotFound, UsageError
from rag.server.keeping import Keeping
from rag.server.reading import Converser, Reading
from rag.server.refusals import Forbidden
from rag.server.schemas import Body, Id
from rag.store.conversations import Conversation, Feedback, Turn

router = APIRouter(prefix="/v1", tags=["conversations"])
Verdict = Literal["good", "wrong", "incomplete", "unsupported", "dangerous"]
Title = Annotated[str, Field(min_length=1, max_length=120)]


class ConversationItem(BaseModel):
    """A conversation in a list."""

    conversation_id: str
    title: str
    patient_id: str | None
    created_at: str
    updated_at: str
    turns: int


class ConversationList(BaseModel):
    """The caller's conversations, the latest first."""

    conversations: list[ConversationItem]


class FeedbackJson(BaseModel):
    """What the caller said of an answer, or of the claim at place `claim`."""

    claim: int | None
    verdict: str
    comment: str


class TurnJson(BaseModel):
    """A question and its answer, as it was given. `stale`: a document that it quotes has changed, or gone, since."""

    turn_id: str
    asked_at: str
    answer: AnswerJson
    stale: bool
    feedback: list[FeedbackJson]


class ConversationJson(BaseModel):
    """A whole conversation, the oldest turn first."""

    conversation_id: str
    title: str
    patient_id: str | None
    created_at: str
    updated_at: str
    turns: list[TurnJson]


class NewConversation(Body):
    """A conversation to begin; without a title it takes the first question's words."""

    title: Annotated[str, Field(max_length=120)] = ""
    patient_id: Id | None = None


class Renaming(Body):
    """Another title."""

    title: Title


class NewFeedback(Body):
    """What a reader says of an answer, or of the claim at place `claim` (from 0)."""

    turn_id: Id
    claim: int | None = Field(None, ge=0, le=100)
    verdict: Verdict
    comment: str = Field("", max_length=4000)


class FeedbackKept(BaseModel):
    """The feedback was kept."""

    feedback_id: str


@router.get("/conversations", response_model=ConversationList)
async def list_conversations(reading: Converser) -> ConversationList:
    """List the caller's conversations."""
    found = await reading.services.threads.run(Keeping(reading).all)
    return ConversationList(conversations=[_item(one) for one in found])


@router.post("/conversations", status_code=201, response_model=ConversationItem)
async def begin(body: NewConversation, reading: Converser) -> ConversationItem:
    """Begin a conversation."""
    if body.patient_id is not None and not reading.caller.scope.allows(body.patient_id):
        raise Forbidden("patient_not_allowed")
    start = reading.services.conversations.start
    return _item(await reading.services.threads.run(start, reading.caller.account_id, body.title, body.patient_id))


@router.get("/conversations/{conversation_id}", response_model=ConversationJson)
async def open_conversation(conversation_id: Id, reading: Converser) -> ConversationJson:
    """Return a conversation with its answers."""
    return await reading.services.threads.run(_opened, reading, conversation_id)


@router.patch("/conversations/{conversation_id}", response_model=ConversationItem)
async def rename(conversation_id: Id, body: Renaming, reading: Converser) -> ConversationItem:
    """Give a conversation another title."""
    return await reading.services.threads.run(_renamed, reading, conversation_id, body.title)


@router.delete("/conversations/{conversation_id}", status_code=204)
async def remove(conversation_id: Id, reading: Converser) -> None:
    """Remove a conversation with everything said in it."""
    await reading.services.threads.run(_removed, reading, conversation_id)


@router.post("/feedback", status_code=201, response_model=FeedbackKept)
async def give_feedback(body: NewFeedback, reading: Converser) -> FeedbackKept:
    """Say something of an answer or of one sentence; it replaces what the caller said of it before."""
    return FeedbackKept(feedback_id=await reading.services.threads.run(_commented, reading, body))


def _opened(reading: Reading, conversation_id: str) -> ConversationJson:
    keeping, store = Keeping(reading), reading.services.conversations
    found = keeping.one(conversation_id)
    turns = keeping.turns(found)
    said = store.comments([turn.turn_id for turn in turns])
    shown = [_turn(turn, keeping.is_stale(turn), said.get(turn.turn_id, [])) for turn in turns]
    return ConversationJson(**_item(found).model_dump(exclude={"turns"}), turns=shown)


def _renamed(reading: Reading, conversation_id: str, title: str) -> ConversationItem:
    found = Keeping(reading).one(conversation_id)
    reading.services.conversations.rename(conversation_id, title)
    return _item(found).model_copy(update={"title": title})


def _removed(reading: Reading, conversation_id: str) -> None:
    Keeping(reading).one(conversation_id)
    reading.services.conversations.remove(conversation_id)


def _commented(reading: Reading, body: NewFeedback) -> str:
    store, account_id = reading.services.conversations, reading.caller.account_id
    turn = store.owns_turn(body.turn_id, account_id)
    if turn is None or not all(map(reading.caller.scope.allows, turn.patients)):
        raise NotFound("turn_not_found", turn_id=body.turn_id)
    if body.claim is not None and body.claim >= len(AnswerJson.model_validate(turn.answer).claims):
        raise UsageError("claim_not_there", claim=body.claim)
    return store.comment(account_id, Feedback(body.turn_id, body.claim, body.verdict, body.comment))


def _item(found: Conversation) -> ConversationItem:
    return ConversationItem(**{name: getattr(found, name) for name in ConversationItem.model_fields})


def _turn(turn: Turn, stale: bool, said: list[Feedback]) -> TurnJson:
    return TurnJson(
        turn_id=turn.turn_id,
        asked_at=turn.asked_at,
        answer=AnswerJson.model_validate(turn.answer),
        stale=stale,
        feedback=[FeedbackJson(claim=one.claim, verdict=one.verdict, comment=one.comment) for one in said],
    )
