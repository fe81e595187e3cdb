"""Before any route: who calls, and whether a browser was made to call by another site.

A request that changes something must come from our own page: browsers say from where (``Origin``,
``Sec-Fetch-Site``), and with a session cookie the token of that session must come along. Programs with a
bearer token send neither cookie nor origin.
"""

from __future__ import annotations

import secrets
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.core.errors import TrabouleError
from rag.server.http.problems import address_of, language_of, problem_response, request_id_of
from rag.server.http.refusals import Forbidden, NotSignedIn
from rag.server.identity.callers import (
    DEMO_CALLER,
    Caller,
    found_caller,
    set_again,
    set_caller,
    set_refusal,
    signed_in,
)
from rag.server.services import Services

CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSED, _SESSION = ("/v1", "/mcp"), "/v1/session"


class Authentication:
    """Middleware: puts the caller, where there is one, into the scope of the request."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if request.method not in _SAFE:
                check_origin(request, self._services.settings.server.public_url)
            await self._find_caller(request)
            await self._keep_strangers_short(request)
        except TrabouleError as error:
            await problem_response(error, language_of(request), request_id_of(request))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _find_caller(self, request: Request) -> None:
        if self._services.demo:
            set_caller(request, DEMO_CALLER)
            return
        if not (request.url.path.startswith("/v1") or request.url.path.startswith("/mcp")):
            return
        try:
            caller = await self._caller(request)
        except (NotSignedIn, Forbidden) as refusal:
            set_refusal(request, refusal)
            services = self._services
            due = services.refused.due(address_of(request), refusal.key, request_id_of(request))
            if due:
                await services.signing.run(services.audit.write, due)
            return
        if caller is not None:
            set_caller(request, caller)

    async def _keep_strangers_short(self, request: Request) -> None:
        """Refuse who has no credentials, or wrong ones, before a body is read; slow down who knocks often.

        Raises:
            NotSignedIn: nobody is signed in where somebody must be.
            Forbidden: the credentials must not be obeyed.
        """
        path = request.url.path
        is_open = not path.startswith(_CLOSED) or path == _SESSION or path.startswith(_SESSION + "/oidc")
        if is_open or found_caller(request) is not None:
            return
        if not self._services.strangers.knocks.take(address_of(request)):
            await self._services.strangers.pause()
        signed_in(request)

    async def _caller(self, request: Request) -> Caller | None:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        identities = self._services.identities
        if kind:
            if kind.lower() != "bearer" or not secret.strip():
                raise NotSignedIn("not_signed_in")
            set_again(request, partial(identities.of_token_anew, secret.strip()))
            return await self._services.signing.run(identities.by_token, secret.strip())
        key = request.cookies.get(self._services.cookie)
        if not key:
            return None
        set_again(request, partial(identities.of_session_anew, key))
        try:
            caller = await self._services.signing.run(identities.by_session, key)
        except NotSignedIn:
            return None
        given = request.headers.get(CSRF_HEADER, "")
        if request.method not in _SAFE and not secrets.compare_digest(
            given.encode(), (caller.csrf or "").encode()
        ):
            raise Forbidden("csrf_missing")
        return caller


def check_origin(request: Request, public_url: str | None) -> None:
    """Raise ``Forbidden`` when a browser says that another site makes it send this request."""
    origin = request.headers.get("origin")
    own = {request.headers.get("host", "").lower(), urlsplit(public_url or "").netloc.lower()} - {""}
    if origin is not None and urlsplit(origin).netloc.lower() not in own:
        raise Forbidden("origin_refused")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Forbidden("origin_refused")
