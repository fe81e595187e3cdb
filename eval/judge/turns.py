"""Whose turn it is: requests wait, and the one that begins most like the one before goes next.

Reading the prompt is what a local model takes most of its time for, and what two prompts have in common at
the start is read once. So all requests of one prompt kind go in a row, and the repeats of one request after
one another.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from eval.judge.writer import Request

_Waiting = tuple[Request, "asyncio.Future[str]"]


class Turns:
    """Puts requests of many coroutines to one model, ``workers`` at once. More than one pays where a server
    does the work.
    """

    def __init__(self, write: Callable[[Request], str], workers: int = 1) -> None:
        self._write, self._free = write, workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="judge")
        self._waiting: list[_Waiting] = []
        self._last = ""

    async def ask(self, request: Request) -> str:
        """Return the reply to a request, when its turn has come. Raises what writing raises."""
        reply: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, reply))
        self._start()
        return await reply

    def close(self) -> None:
        """Let go of the threads; requests that wait are never put."""
        self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        while self._free and self._waiting:
            request, reply = self._waiting.pop(self._nearest())
            if reply.cancelled():
                continue
            self._free -= 1
            self._last = request.prompt
            job = asyncio.get_running_loop().run_in_executor(self._pool, self._write, request)
            job.add_done_callback(partial(self._finish, reply))

    def _nearest(self) -> int:
        # by character, which is what a prefix of tokens goes by; the function is no longer meant for paths
        shared = [len(os.path.commonprefix((request.prompt, self._last))) for request, _ in self._waiting]  # noqa: RUF071
        return shared.index(max(shared))

    def _finish(self, reply: asyncio.Future[str], job: asyncio.Future[str]) -> None:
        self._free += 1
        if job.cancelled():
            reply.cancel()
        elif not reply.cancelled():
            error = job.exception()
            if error is None:
                reply.set_result(job.result())
            else:
                reply.set_exception(error)
        self._start()
