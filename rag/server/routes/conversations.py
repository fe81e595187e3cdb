"""Conversations and feedback. They belong to the caller; what quotes a patient out of scope by now is not
there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rag.contract import AnswerJson
from rag.server.permits import MayConverse
from rag.server.reading import Reading
from rag.server.schemas import Id, RequestBody
from rag.store.people.conversations import Conversation, Feedback, Turn

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
    """A question and its answer, as it was given. `stale`: a document that it quotes has changed, or gone,
    since.
    """

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


class NewConversation(RequestBody):
    """A conversation to begin; without a title it takes the first question's words."""

    title: Annotated[str, Field(max_length=120)] = ""
    patient_id: Id | None = None


class Renaming(RequestBody):
    """Another title."""

    title: Title


class NewFeedback(RequestBody):
    """What a reader says of an answer, or of the claim at place `claim` (from 0)."""

    turn_id: Id
    claim: int | None = Field(None, ge=0, le=100)
    verdict: Verdict
    comment: str = Field("", max_length=4000)


class FeedbackKept(BaseModel):
    """The feedback was kept."""

    feedback_id: str


@router.get("/conversations", response_model=ConversationList)
async def list_conversations(reading: MayConverse) -> ConversationList:
    """List the caller's conversations."""
    found = await reading.run(reading.conversations.all)
    return ConversationList(conversations=[_item(one) for one in found])


@router.post("/conversations", status_code=201, response_model=ConversationItem)
async def begin(body: NewConversation, reading: MayConverse) -> ConversationItem:
    """Begin a conversation."""
    return _item(await reading.run(reading.conversations.start, body.title, body.patient_id))


@router.get("/conversations/{conversation_id}", response_model=ConversationJson)
async def open_conversation(conversation_id: Id, reading: MayConverse) -> ConversationJson:
    """Return a conversation with its answers."""
    return await reading.run(_opened, reading, conversation_id)


@router.patch("/conversations/{conversation_id}", response_model=ConversationItem)
async def rename(conversation_id: Id, body: Renaming, reading: MayConverse) -> ConversationItem:
    """Give a conversation another title."""
    found = await reading.run(reading.conversations.rename, conversation_id, body.title)
    return _item(found).model_copy(update={"title": body.title})


@router.delete("/conversations/{conversation_id}", status_code=204)
async def remove(conversation_id: Id, reading: MayConverse) -> None:
    """Remove a conversation with everything said in it."""
    await reading.run(reading.conversations.remove, conversation_id)


@router.post("/feedback", status_code=201, response_model=FeedbackKept)
async def give_feedback(body: NewFeedback, reading: MayConverse) -> FeedbackKept:
    """Say something of an answer or of one sentence; it replaces what the caller said of it before."""
    said = Feedback(body.turn_id, body.claim, body.verdict, body.comment)
    return FeedbackKept(feedback_id=await reading.run(reading.conversations.comment, said))


def _opened(reading: Reading, conversation_id: str) -> ConversationJson:
    own = reading.conversations
    found = own.one(conversation_id)
    turns = own.turns(found)
    said = own.comments([turn.turn_id for turn in turns])
    shown = [_turn(turn, own.is_stale(turn), said.get(turn.turn_id, [])) for turn in turns]
    return ConversationJson(**_item(found).model_dump(exclude={"turns"}), turns=shown)


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
