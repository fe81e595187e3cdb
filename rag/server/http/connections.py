"""Connections that have not said what they want: each has a limit of time for the headers of its request, and
only so many are held, so that nobody keeps others out by being slow.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0
"""From the first moment of a connection, or the first byte of its next request, to the end of the headers."""
SPEECHLESS = 256
"""Connections without a whole request; where there are more, the oldest is closed."""


class TimelyProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a limit of time for headers."""

    headers_s = HEADERS_S
    _speechless: ClassVar[OrderedDict[TimelyProtocol, asyncio.TimerHandle]] = OrderedDict()
    """Connections that are waited for, the oldest first. Used on the one event loop alone."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on; a whole request ends the waiting, a part of the next begins it."""
        super().data_received(data)
        if self.transport.is_closing() or (self.cycle is not None and not self.cycle.response_complete):
            self._heard()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._heard()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self in self._speechless:
            return
        self._speechless[self] = self.loop.call_later(self.headers_s, self._give_up)
        if len(self._speechless) > SPEECHLESS:
            next(iter(self._speechless))._give_up()

    def _heard(self) -> None:
        timer: Any = self._speechless.pop(self, None)
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._heard()
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
