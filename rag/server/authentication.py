"""Finds out who calls, before any route runs."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from rag.access import Scope as ReadingScope
from rag.server.callers import PERMISSIONS, Caller
from rag.server.services import Services

DEMO_CALLER = Caller(
    account_id="demo",
    name="demo",
    role="clinician",
    permissions=PERMISSIONS["clinician"] | {"curate", "reports"},
    scope=ReadingScope.everything(),
    via="demo",
    display_name="Dr Démo",
)


class Authentication:
    """Middleware: puts the caller, where there is one, into the scope of the request."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._services.demo:
            scope["traboule.caller"] = DEMO_CALLER
        await self._app(scope, receive, send)
