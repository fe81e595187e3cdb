"""Waits for a result as long as somebody wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from rag.core.calls import Cancelled

T = TypeVar("T")
_LOOK_S = 0.5


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result; cancel the work when the client disconnects first.

    Raises:
        Cancelled: the client is gone.
    """
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_S)
            if not task.done() and await request.is_disconnected():
                raise Cancelled
        return task.result()
    finally:
        task.cancel()
