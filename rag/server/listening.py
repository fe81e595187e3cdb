"""Listens: uvicorn around the application, until it is told to stop."""

from __future__ import annotations

import socket

import uvicorn

from rag.errors import UsageError
from rag.server.app import create_app
from rag.server.services import Services

_BACKLOG = 512


def bound_socket(host: str, port: int) -> socket.socket:
    """Take an address before anything is loaded.

    Raises:
        UsageError: it is not one of this machine's, or in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except (OSError, OverflowError) as error:
        raise UsageError(
            "address_not_free", host=host, port=port, reason=getattr(error, "strerror", None) or type(error).__name__
        ) from None
    return taken


def listen(services: Services, taken: socket.socket, host: str) -> None:
    """Serve until a signal says to stop; then let running requests end, as long as ``server.shutdown_s``."""
    limits = services.settings.server
    config = uvicorn.Config(
        create_app(services, host),
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
    uvicorn.Server(config).run(sockets=[taken])
