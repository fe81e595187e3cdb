"""``POST /v1/ask`` and ``POST /v1/search``."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import Response

from rag.contract import SearchJson, answer_json, claim_json, coverage_json, evidence_json, search_json
from rag.pipeline import checked_question
from rag.server.answering import Heard, Running, Still, Waiting
from rag.server.events import PING, EventStream, event
from rag.server.problems import language_of, problem_of, request_id_of
from rag.server.reading import Asker, Reader
from rag.server.schemas import AnsweredJson, AskBody, ClaimEvent, EvidenceEvent, QueuedEvent, SearchBody
from rag.server.waiting import unless_gone
from rag.types import ClaimChecked, EvidenceFound

router = APIRouter(prefix="/v1", tags=["search and answers"])


@router.post("/search", response_model=SearchJson)
async def search(body: SearchBody, reading: Reader) -> SearchJson:
    """Rank the passages that the caller may read."""
    filters = body.filters([body.language] if body.language else None)
    found = await reading.services.threads.run(reading.search, body.query, k=body.k, filters=filters, mode=body.mode)
    return search_json(found, body.k)


@router.post(
    "/ask",
    response_model=AnsweredJson,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer, or its events."}},
)
async def ask(body: AskBody, reading: Asker, request: Request) -> Response | AnsweredJson:
    """Answer a question in sentences, each cited.

    With `stream: true` the answer comes as server-sent events: `evidence`, then `queued` while the language model serves others, `claim`
    for every sentence once it is checked, and `done` with the whole answer; or `error` with a problem. Closing the connection gives the
    answer up.
    """
    checked_question(body.question)
    question = body.asked()
    await reading.services.threads.run(reading.check_question, question.filters)
    running = reading.ask(question, use_llm=not body.no_llm)
    if body.stream:
        return EventStream(_events(running, request), running.cancel)
    answer = await unless_gone(request, running.answer())
    return AnsweredJson(**answer_json(answer).model_dump())


async def _events(running: Running, request: Request) -> AsyncIterator[bytes]:
    try:
        async for heard in running.events():
            yield _written(heard)
    except Exception as error:
        yield event("error", problem_of(error, language_of(request), request_id_of(request)))


def _written(heard: Heard) -> bytes:
    if isinstance(heard, EvidenceFound):
        found = EvidenceEvent(evidence=[evidence_json(item) for item in heard.evidence], coverage=coverage_json(heard.coverage))
        return event("evidence", found)
    if isinstance(heard, ClaimChecked):
        return event("claim", ClaimEvent(**claim_json(heard.claim).model_dump(), withheld=heard.withheld))
    if isinstance(heard, Waiting):
        return event("queued", QueuedEvent(position=heard.position))
    if isinstance(heard, Still):
        return PING
    return event("done", AnsweredJson(**answer_json(heard.answer).model_dump()))
