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
from rag.server.answering import Answering
from rag.server.identities import Identities
from rag.server.metrics import Metrics
from rag.server.refusals import TooBusy
from rag.server.traces import Traces, traces_to
from rag.server.turns import Turns
from rag.server.uploading import Uploading
from rag.settings import Settings
from rag.store.accounts import AccountStore
from rag.store.audit import AuditLog
from rag.store.conversations import ConversationStore

P = ParamSpec("P")
T = TypeVar("T")
_BUSY_S = 2
_SIGN_INS_AT_ONCE = 2
"""Checking a password takes 64 MB for a tenth of a second."""


class Threads:
    """A bounded pool for synchronous work: ``at_once`` calls run, ``waiting`` more may wait, others are refused."""

    def __init__(self, at_once: int, waiting: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(at_once, name)
        self._limit = at_once + waiting
        self.pending = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function on a thread.

        Raises:
            TooBusy: too much waits already.
        """
        if self.pending >= self._limit:
            raise TooBusy("too_many_requests", _BUSY_S)
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
    signing: Threads = field(init=False)
    accounts: AccountStore = field(init=False)
    identities: Identities = field(init=False)
    conversations: ConversationStore = field(init=False)
    audit: AuditLog = field(init=False)
    uploading: Uploading = field(init=False)
    metrics: Metrics = field(init=False)
    traces: Traces = field(init=False)
    answering: Answering = field(init=False)

    def __post_init__(self) -> None:
        limits = self.settings.server
        slots = limits.questions_at_once or (8 if self.settings.llm.kind == "openai" else 1)
        turns = Turns(slots, limits.waiting_questions, limits.waiting_per_caller)
        database = self.opened.store.database
        accounts = AccountStore(database)
        metrics = Metrics()
        made = {
            "threads": Threads(limits.searches_at_once, limits.waiting_searches, "reading"),
            "signing": Threads(_SIGN_INS_AT_ONCE, limits.waiting_searches, "signing"),
            "answering": Answering(turns, limits.question_timeout_s),
            "accounts": accounts,
            "identities": Identities(accounts, limits),
            "conversations": ConversationStore(database),
            "audit": AuditLog(database),
            "uploading": Uploading(self.opened, self.home, metrics),
            "metrics": metrics,
            "traces": traces_to(limits.traces_url),
        }
        for name, part in made.items():
            object.__setattr__(self, name, part)
        metrics.watch("questions_working", "Questions that use the language model now.", lambda: turns.counts()[0])
        metrics.watch("questions_waiting", "Questions that wait for the language model.", lambda: turns.counts()[1])
        metrics.watch("requests_pending", "Searches and readings that run or wait.", lambda: self.threads.pending)

    @property
    def https(self) -> bool:
        """Tell whether browsers reach the server over HTTPS."""
        return (self.settings.server.public_url or "").startswith("https:")

    @property
    def cookie(self) -> str:
        """Return the name of the session cookie; over HTTPS one that browsers let no neighbour domain set."""
        return "__Host-traboule" if self.https else "traboule"

    def close(self) -> None:
        """Give up what is being answered and wait for the threads. The home is closed by whoever opened it."""
        self.uploading.close()
        self.answering.close()
        self.threads.close()
        self.signing.close()
        self.traces.close()


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
