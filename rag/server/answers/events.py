"""Server-sent events: FastAPI writes them; the response here also notices when the reader has gone, or
sleeps.

FastAPI's own streaming is for routes that always stream; ours stream when the body asks for it.
``sse-starlette`` would do, but it hooks into uvicorn's handling of signals, which is ours
(``rag.server.listener``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import anyio
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PING = KEEPALIVE_COMMENT


def event(name: str, data: BaseModel) -> bytes:
    """Return one event; its data is one line of JSON."""
    return format_sse_event(event=name, data_str=data.model_dump_json(by_alias=True))


def data_only(json: str) -> bytes:
    """Return one event without a name, as the OpenAI protocol has them."""
    return format_sse_event(data_str=json)


class EventStream(EventSourceResponse):
    """A stream that ends as soon as the client disconnects, or reads nothing for ``patience_s``; ``on_end``
    is called in every case."""

    def __init__(
        self, source: AsyncIterator[bytes], on_end: Callable[[], None], patience_s: float = 60.0
    ) -> None:
        super().__init__(source, headers=HEADERS)
        self._on_end, self._patience_s = on_end, patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""

        async def send_in_time(message: Message) -> None:
            with anyio.fail_after(self._patience_s):
                await send(message)

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._watch, receive, group.cancel_scope)
                with suppress(TimeoutError, OSError):  # the reader is asleep or gone: there is nobody to tell
                    await self.stream_response(send_in_time)
                group.cancel_scope.cancel()
        finally:
            self._on_end()

    async def _watch(self, receive: Receive, running: anyio.CancelScope) -> None:
        await self.listen_for_disconnect(receive)
        running.cancel()
