"""Listens: uvicorn around the application, until it is told to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from rag.core.errors import UsageError
from rag.server.app import create_app
from rag.server.http.connections import TimelyProtocol
from rag.server.services import Services

_BACKLOG = 512


def bound_socket(host: str, port: int) -> socket.socket:
    """Take an address before anything is loaded.

    Raises:
        UsageError: it is not one of this machine's, or in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except (OSError, OverflowError) as error:
        raise UsageError(
            "address_not_free",
            host=host,
            port=port,
            reason=getattr(error, "strerror", None) or type(error).__name__,
        ) from None
    return taken


def listen(services: Services, taken: socket.socket, host: str) -> None:
    """Serve until a signal says to stop; then let running requests end, as long as ``server.shutdown_s``."""
    server = uvicorn.Server(configuration(services, host))
    with _signals_end_nothing():
        server.run(sockets=[taken])


def configuration(services: Services, host: str = "127.0.0.1") -> uvicorn.Config:
    """Return how uvicorn is to serve."""
    limits = services.settings.server
    return uvicorn.Config(
        create_app(services, host),
        http=TimelyProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        proxy_headers=limits.trusted_proxies is not None,
        forwarded_allow_ips=limits.trusted_proxies,
        timeout_graceful_shutdown=round(limits.shutdown_s),
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
    )


@contextmanager
def _signals_end_nothing() -> Iterator[None]:
    """Uvicorn stops on a signal and then sends it to the process again, whose own way would be to die before
    the home is closed.
    """
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
