"""Synchronous work beside the event loop, on a bounded pool of threads."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from rag.server.http.refusals import TooBusy

P = ParamSpec("P")
T = TypeVar("T")
_BUSY_S = 2


class Threads:
    """A bounded pool: ``at_once`` calls run, ``waiting`` more may wait, others are refused. Above 0,
    ``niceness`` lets all other threads go first, where the system knows threads by their own priority
    (Linux).
    """

    def __init__(self, at_once: int, waiting: int, name: str, niceness: int = 0) -> None:
        self._pool = ThreadPoolExecutor(at_once, name, functools.partial(_step_back, niceness))
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
            work = functools.partial(function, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self.pending -= 1

    def close(self) -> None:
        """Wait for what runs; what only waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _step_back(niceness: int) -> None:
    if niceness and hasattr(os, "setpriority") and sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
