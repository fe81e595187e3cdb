"""The OpenAI-compatible part: ``GET /v1/models`` and ``POST /v1/chat/completions``, for clients and chat
pages that speak it.

The last message of the user is the question. Sentences carry markers such as ``[1]``, a list of sources
follows, and the extension field ``traboule`` holds the whole Answer. What narrows the search goes into the
field ``traboule`` of the request.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from rag.contract import AnswerJson, answer_json
from rag.core.errors import NotFound, UsageError
from rag.core.types import Answer, ClaimChecked, Done
from rag.pipeline import Question, checked_question
from rag.server.answers.chat_words import ending, joined, sentence
from rag.server.answers.events import PING, EventStream, data_only
from rag.server.answers.patience import unless_gone
from rag.server.answers.questions import RunningQuestion, Still, Waiting
from rag.server.http.problems import language_of, problem_of, request_id_of
from rag.server.permits import MayAsk, MayRead
from rag.server.schemas import EVENTS, ChatFilters

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])
MODEL, QUOTES, WRITER = "traboule", "traboule-quotes", "traboule-write"
"""As the settings say (``answer.mode``); facts and the documents' own words; sentences of the language model.
"""
_MOST_HISTORY = 10


class ModelJson(BaseModel):
    """A model of the list."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "traboule"


class ModelList(BaseModel):
    """The models: `traboule` writes and cites, `traboule-quotes` quotes word for word, at once."""

    object: Literal["list"] = "list"
    data: list[ModelJson]


class MessagePart(BaseModel):
    """A part of a message; parts that are no text are passed over."""

    type: str
    text: Annotated[str, Field(max_length=10_000)] = ""


class ChatMessage(BaseModel):
    """A message of the chat."""

    role: Annotated[str, Field(max_length=40)]
    content: Annotated[str, Field(max_length=100_000)] | list[MessagePart] | None = None

    def text(self) -> str:
        """Return the words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").replace("\0", "")
        return (self.content or "").replace("\0", "")


class StreamOptions(BaseModel):
    """Options of the stream."""

    include_usage: bool = False


class ChatBody(BaseModel):
    """A chat. Fields of the protocol that are not listed here, e.g. `temperature`, change nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "traboule-quotes",
                    "messages": [{"role": "user", "content": "Quelle a été la perte sanguine ?"}],
                    "traboule": {"patient_id": "DEMO-P02"},
                }
            ]
        }
    )

    model: Annotated[str, Field(max_length=200)] = MODEL
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=500)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    traboule: ChatFilters = Field(
        default_factory=ChatFilters, description="Patient, kinds, period: see `POST /v1/ask`."
    )


class Spoken(BaseModel):
    """What the assistant says."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """The one choice."""

    index: int = 0
    message: Spoken
    finish_reason: Literal["stop"] = "stop"


class UsageJson(BaseModel):
    """Tokens read and written by the language model."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """A finished chat; `traboule` is the whole Answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: UsageJson
    traboule: AnswerJson


@router.get("/models", response_model=ModelList)
async def models(_: MayRead) -> ModelList:
    """List the models."""
    return ModelList(data=[ModelJson(id=MODEL), ModelJson(id=QUOTES), ModelJson(id=WRITER)])


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses={200: {"content": EVENTS, "description": "The answer, or its chunks."}},
)
async def complete(body: ChatBody, reading: MayAsk, request: Request) -> Response | Completion:
    """Answer the last message of the user."""
    if body.model not in (MODEL, QUOTES, WRITER):
        raise NotFound("chat_model_unknown", name=body.model[:80], known=f"{MODEL}, {QUOTES}, {WRITER}")
    question = _question(body)
    await reading.run(reading.check_question, question.filters)
    running = reading.ask(question, use_llm=None if body.model == MODEL else body.model == WRITER)
    if body.stream:
        return EventStream(_chunks(running, body, request), running.cancel)
    answer = await unless_gone(request, running.answer())
    text = joined(answer.claims) + ending(answer)
    return Completion(
        id=_new_id(),
        created=int(time.time()),
        model=body.model,
        choices=[Choice(message=Spoken(content=text))],
        usage=_usage(answer),
        traboule=answer_json(answer),
    )


def _question(body: ChatBody) -> Question:
    said = [message.text().strip() for message in body.messages if message.role == "user"]
    if not said:
        raise UsageError("chat_without_question")
    earlier = tuple(text for text in said[:-1] if text)[-_MOST_HISTORY:]
    return Question(checked_question(said[-1]), body.traboule.language, body.traboule.filters(), earlier)


async def _chunks(running: RunningQuestion, body: ChatBody, request: Request) -> AsyncIterator[bytes]:
    common: dict[str, object] = {
        "id": _new_id(),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body.model,
    }
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    try:
        yield _chunk(common, {"role": "assistant", "content": ""})
        between = ""
        async for heard in running.events():
            if isinstance(heard, ClaimChecked) and not heard.withheld:
                yield _chunk(common, {"content": between + sentence(heard.claim)})
                between = " "
            elif isinstance(heard, Done):
                yield _chunk(common, {"content": ending(heard.answer)})
                yield _chunk(common, {}, finish_reason="stop", traboule=answer_json(heard.answer).to_json())
                if with_usage:
                    yield _data({**common, "choices": [], "usage": _usage(heard.answer).model_dump()})
            elif isinstance(heard, Waiting | Still):
                yield PING
        yield data_only("[DONE]")
    except Exception as error:
        problem = problem_of(error, language_of(request), request_id_of(request))
        yield _data({"error": {"message": problem.detail, "type": problem.type, "code": problem.code}})


def _chunk(
    common: dict[str, object], delta: dict[str, object], finish_reason: str | None = None, **extra: object
) -> bytes:
    return _data(
        {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **extra}
    )


def _data(value: dict[str, object]) -> bytes:
    return data_only(json.dumps(value, ensure_ascii=False))


def _usage(answer: Answer) -> UsageJson:
    read, written = answer.trace.tokens_in, answer.trace.tokens_out
    return UsageJson(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def _new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(12)}"
