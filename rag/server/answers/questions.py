"""Runs questions: evidence at once, beside the searches; then the language model in turn; an answer that
nobody waits for is given up.

The pipeline is synchronous and runs on a thread; what it yields crosses to the event loop through a queue.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from rag.core.calls import working_for
from rag.core.errors import Unavailable
from rag.core.stages import Listener, heard_by
from rag.core.types import Answer, AnswerEvent, Done
from rag.pipeline import Pipeline, Question
from rag.server.answers.turns import Ticket, Turns

LOOK_S = 0.5
"""How often a question looks whether its place has changed and whether time is up."""
_EVIDENCE_AT_ONCE = 2
"""Questions that look for evidence at the same time; searches have threads of their own and stay fast beside
them.
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The question waits for the language model, at this place from 1; 0: its turn has come."""

    position: int


@dataclass(frozen=True, slots=True)
class Still:
    """Nothing new."""


Heard = AnswerEvent | Waiting | Still
_Item = AnswerEvent | Exception | None
Permit = Callable[[object], Awaitable[None]]
"""Lets an event pass to the caller, or raises."""
Veiled = Callable[["Heard"], Awaitable["Heard"]]
"""Takes out of an event who it is about."""
OnEvent = Callable[[AnswerEvent | Exception], None]
"""Takes each event before anybody else does, and the error that ended a question."""


class RunningQuestion:
    """One question on its way. Read ``events`` on the event loop; ``cancel`` gives the answer up and frees
    the model.
    """

    def __init__(
        self, ticket: Ticket, timeout_s: float, permit: Permit | None = None, veil: Veiled | None = None
    ) -> None:
        self._ticket, self._timeout_s, self._permit, self._veil = ticket, timeout_s, permit, veil
        self._arrived: asyncio.Queue[_Item] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def cancel(self) -> None:
        """Give the answer up. After its end this changes nothing."""
        self._ticket.cancel()

    async def events(self) -> AsyncIterator[Heard]:
        """Yield the events of the answer, and in between where the question stands.

        Raises:
            Unavailable: it took longer than the limit.
            NotSignedIn, Forbidden: the caller may no longer have the answer.
        """
        async for heard in self._heard():
            if self._permit is not None:
                await self._permit(heard)
            yield heard if self._veil is None else await self._veil(heard)

    async def _heard(self) -> AsyncIterator[Heard]:
        limit, place = time.monotonic() + self._timeout_s, 0
        while True:
            try:
                item = await asyncio.wait_for(self._arrived.get(), LOOK_S)
            except TimeoutError:
                if time.monotonic() > limit:
                    raise Unavailable("answer_timeout", seconds=self._timeout_s) from None
                changed = (position := self._ticket.position()) != place
                place = position
                yield Waiting(position) if changed else Still()
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    async def answer(self) -> Answer:
        """Return the whole answer at once. Raises as ``events`` does; cancelled, it gives the answer up."""
        try:
            async for heard in self.events():
                if isinstance(heard, Done):
                    return heard.answer
        finally:
            self.cancel()
        raise AssertionError("an answer stream always ends with Done")

    def work(
        self,
        stream: Iterator[AnswerEvent],
        seeking: threading.BoundedSemaphore,
        heard: OnEvent,
        stages: Listener,
    ) -> None:
        """Run the question on this thread, to its end or until it is cancelled."""

        def pass_on(event: AnswerEvent) -> None:
            self._ticket.check()
            heard(event)
            self._tell(event)

        try:
            with working_for(self._ticket), heard_by(stages), closing(stream):  # type: ignore[type-var]
                with seeking:
                    self._ticket.check()
                    pass_on(next(stream))
                for event in stream:
                    pass_on(event)
            self._tell(None)
        except Exception as error:  # raised again where somebody waits for it, in ``events``
            heard(error)
            self._tell(error)
        finally:
            self._ticket.finish()

    def _tell(self, item: _Item) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, item)


class Questions:
    """What questions need of the server: the queue for the model, threads, and a limit of time."""

    def __init__(self, turns: Turns, timeout_s: float) -> None:
        self.turns = turns
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(turns.limit, "question")
        self._seeking = threading.BoundedSemaphore(_EVIDENCE_AT_ONCE)

    def start(
        self,
        pipeline: Pipeline,
        question: Question,
        caller: str,
        *,
        use_llm: bool | None,
        heard: OnEvent,
        stages: Listener,
        permit: Permit | None = None,
        veil: Veiled | None = None,
    ) -> RunningQuestion:
        """Take a question on.

        Raises:
            TooBusy: the queue is full.
            NotAllowed: the question's filters name a patient outside the scope.
        """
        pipeline.scope.narrow(question.filters)
        ticket = self.turns.admit(caller)
        running = RunningQuestion(ticket, self._timeout_s, permit, veil)
        try:
            self._threads.submit(
                running.work, pipeline.stream(question, use_llm=use_llm), self._seeking, heard, stages
            )
        except BaseException:
            ticket.finish()
            raise
        return running

    def close(self) -> None:
        """Give every question up and wait for its thread."""
        self.turns.cancel_all()
        self._threads.shutdown(wait=True)
