"""Around every request: its id, the hosts it may name, the headers every answer carries, its line in the log.

A host that is not ours is refused, else a page of another site whose name was pointed at this machine could
read what a browser here may read (DNS rebinding). The content policy lets the page run its own files and
nothing else.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.messages import message
from rag.server.http.bodies import limited
from rag.server.http.problems import as_response, language_of, new_problem
from rag.server.monitoring.traces import Traced
from rag.server.services import Services

_log = logging.getLogger("rag.server.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src"
    " 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; frame-src 'self';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """Middleware. ``hosts`` are the names that a request may use; None accepts any (behind a proxy that
    checks them).
    """

    def __init__(self, app: ASGIApp, services: Services, hosts: frozenset[str] | None) -> None:
        self._app, self._hosts, self._services = app, hosts, services
        self._limits, self._https = services.settings.server, services.https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        scope["traboule.request_id"] = request_id
        traced = self._services.traces.request(request.headers, request_id)
        scope["traboule.traced"] = traced
        began, status = time.perf_counter(), 499

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        try:
            if self._hosts is not None and _host_of(request) not in self._hosts:
                problem = new_problem(
                    "host_refused", 421, message("errors.host_refused", language_of(request)), request_id
                )
                await as_response(problem)(scope, receive, send_with_headers)
            else:
                await self._app(scope, limited(receive, self._limits, request), send_with_headers)
        finally:
            self._note(scope, status, time.perf_counter() - began, request_id, traced)

    def _add_headers(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers["X-Request-ID"] = request_id
        if self._https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if path.startswith(("/v1", "/mcp")):
            headers.setdefault("Cache-Control", "no-store")
        elif path.startswith("/static"):
            headers.setdefault(
                "Cache-Control", "no-cache"
            )  # asked for again each time, so that a page never mixes two versions

    def _note(
        self, scope: Scope, status: int, seconds: float, request_id: str, traced: Traced | None
    ) -> None:
        """Log the route, not the path: a path may hold a patient's id."""
        route = getattr(scope.get("route"), "path", None) or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._services.metrics.request(route, method, status, seconds)
        if traced is not None:
            traced.end(route, method, status)
        facts = {
            "request_id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        _log.info("request", extra={"facts": facts})


def accepted_hosts(host: str, public_host: str | None) -> frozenset[str] | None:
    """Return the names that requests may use of a server that listens on ``host``; None where they cannot be
    known.
    """
    loopback = {"localhost", "127.0.0.1", "::1", "testserver"}
    own = {public_host} if public_host else set()
    if is_loopback(host):
        return frozenset(loopback | own)
    return frozenset(loopback | own | {host}) if public_host else None


def is_loopback(host: str) -> bool:
    """Tell whether an address reaches this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host_of(request: Request) -> str:
    value = request.headers.get("host", "").strip().lower()
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]
