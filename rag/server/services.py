"""Everything the routes work with: one home, open, with the queue, the threads and the stores of the server."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from rag.build import OpenHome
from rag.pipeline import Pipeline
from rag.server.answering import Answering
from rag.server.callers import Caller
from rag.server.refusals import TooBusy
from rag.server.turns import Turns
from rag.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
_BUSY_SEARCHES_S = 2


class Threads:
    """A bounded pool for synchronous work: ``at_once`` calls run, ``waiting`` more may wait, others are refused."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "search")
        self._limit = at_once + waiting
        self.pending = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function on a thread.

        Raises:
            TooBusy: too much waits already.
        """
        if self.pending >= self._limit:
            raise TooBusy("too_many_requests", _BUSY_SEARCHES_S)
        self.pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(function, *args, **kwargs))
        finally:
            self.pending -= 1

    def close(self) -> None:
        """Wait for what runs; what only waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Services:
    """One home, served."""

    settings: Settings
    home: Path
    opened: OpenHome
    demo: bool = False
    threads: Threads = field(init=False)
    answering: Answering = field(init=False)

    def __post_init__(self) -> None:
        limits = self.settings.server
        slots = limits.questions_at_once or (8 if self.settings.llm.kind == "openai" else 1)
        turns = Turns(slots, limits.waiting_questions, limits.waiting_per_caller)
        object.__setattr__(self, "threads", Threads(limits.searches_at_once, limits.waiting_searches))
        object.__setattr__(self, "answering", Answering(turns, limits.question_timeout_s))

    def pipeline(self, caller: Caller) -> Pipeline:
        """Return the pipeline within the caller's scope."""
        return self.opened.pipeline(caller.scope)

    def close(self) -> None:
        """Give up what is being answered and wait for the threads. The home is closed by whoever opened it."""
        self.answering.close()
        self.threads.close()


@contextmanager
def serving(settings: Settings, home: Path, opened: OpenHome, *, demo: bool = False) -> Iterator[Services]:
    """Serve an open home for the length of a block."""
    with ExitStack() as stack:
        services = Services(settings, home, opened, demo)
        stack.callback(services.close)
        yield services


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services: Services = request.app.state.services
    return services


Served = Annotated[Services, Depends(services_of)]
