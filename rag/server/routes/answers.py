"""``POST /v1/ask`` and ``POST /v1/search``."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import Response

from rag.contract import SearchJson, answer_json, claim_json, coverage_json, evidence_json, search_json
from rag.core.types import Answer, ClaimChecked, Done, EvidenceFound
from rag.pipeline import checked_question
from rag.server.answers.events import PING, EventStream, event
from rag.server.answers.patience import unless_gone
from rag.server.answers.questions import RunningQuestion, Still, Waiting
from rag.server.http.problems import language_of, problem_of, request_id_of
from rag.server.permits import MayAsk, MayRead
from rag.server.reading import Reading
from rag.server.schemas import (
    EVENTS,
    AnsweredJson,
    AskBody,
    ClaimEvent,
    EvidenceEvent,
    QueuedEvent,
    SearchBody,
)

router = APIRouter(prefix="/v1", tags=["search and answers"])


@router.post("/search", response_model=SearchJson)
async def search(body: SearchBody, reading: MayRead) -> SearchJson:
    """Rank the passages that the caller may read."""
    filters = body.filters([body.language] if body.language else None)
    found = await reading.run(
        reading.search, body.query, k=body.k, filters=filters, mode=body.mode, stated=body.stated()
    )
    return search_json(found, body.k)


@router.post(
    "/ask",
    response_model=AnsweredJson,
    responses={200: {"content": EVENTS, "description": "The answer, or its events."}},
)
async def ask(body: AskBody, reading: MayAsk, request: Request) -> Response | AnsweredJson:
    """Answer a question in sentences, each cited.

    With `stream: true` the answer comes as server-sent events: `evidence`, then `queued` while the language
    model serves others, `claim` for every sentence once it is checked, and `done` with the whole answer; or
    `error` with a problem. Closing the connection gives the answer up.
    """
    checked_question(body.question)
    history = await reading.run(_history, body, reading)
    running = reading.ask(body.asked(history), use_llm=None if body.no_llm is None else not body.no_llm)
    if body.stream:
        return EventStream(_events(running, body, reading, request), running.cancel)
    return await _kept(body, reading, await unless_gone(request, running.answer()))


def _history(body: AskBody, reading: Reading) -> tuple[str, ...]:
    """The earlier questions, once it is sure that this one may be asked."""
    reading.check_question(body.asked().filters)
    if body.conversation_id is None:
        return ()
    return reading.conversations.questions(body.conversation_id)


async def _kept(body: AskBody, reading: Reading, answer: Answer) -> AnsweredJson:
    """The answer as JSON, after it was added to its conversation."""
    turn_id = None
    if body.conversation_id is not None:
        turn_id = await reading.run(reading.conversations.keep, body.conversation_id, answer, body.patient_id)
    kept = {"conversation_id": body.conversation_id if turn_id else None, "turn_id": turn_id}
    return AnsweredJson.model_validate({**answer_json(answer).model_dump(), **kept})


async def _events(
    running: RunningQuestion, body: AskBody, reading: Reading, request: Request
) -> AsyncIterator[bytes]:
    try:
        async for heard in running.events():
            yield (
                event("done", await _kept(body, reading, heard.answer))
                if isinstance(heard, Done)
                else _written(heard)
            )
    except Exception as error:
        yield event("error", problem_of(error, language_of(request), request_id_of(request)))


def _written(heard: EvidenceFound | ClaimChecked | Waiting | Still) -> bytes:
    if isinstance(heard, EvidenceFound):
        found = EvidenceEvent(
            evidence=[evidence_json(item) for item in heard.evidence], coverage=coverage_json(heard.coverage)
        )
        return event("evidence", found)
    if isinstance(heard, ClaimChecked):
        return event("claim", ClaimEvent(**claim_json(heard.claim).model_dump(), withheld=heard.withheld))
    if isinstance(heard, Waiting):
        return event("queued", QueuedEvent(position=heard.position))
    return PING
