"""Signing in through the hospital's identity provider, in a browser: there and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rag.core.errors import NotFound
from rag.server.callers import Caller
from rag.server.oidc import Oidc
from rag.server.problems import request_id_of
from rag.server.refusals import NotSignedIn
from rag.server.routes.session import set_cookie
from rag.server.services import Served, Services
from rag.store.audit import AuditEntry

router = APIRouter(prefix="/v1/session/oidc", tags=["session"])
_COOKIE, _PATH = "traboule-sign-in", "/v1/session/oidc"
_ON = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Traboule</title><a href="/">Traboule</a>'
"""The browser sends the session's cookie only to pages that ours led to: so the provider leads here, and this page to the next."""


@router.get("", response_class=RedirectResponse, status_code=302)
async def begin(request: Request, services: Served) -> RedirectResponse:
    """Go to the provider's sign-in page."""
    key, url = await services.signing.run(_provider(services).begin, _redirect_uri(request, services))
    answer = RedirectResponse(url, 302)
    answer.set_cookie(_COOKIE, key, max_age=600, path=_PATH, secure=services.https, httponly=True, samesite="lax")
    return answer


@router.get("/callback", response_class=HTMLResponse)
async def finish(
    request: Request,
    services: Served,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> HTMLResponse:
    """Come back from the provider: the session begins."""
    provider = _provider(services)
    key = request.cookies.get(_COOKIE, "")
    if not (key and state and code):
        raise NotSignedIn("sign_in_refused")
    session, caller = await services.signing.run(_opened, services, provider, key, state, code)
    entry = AuditEntry(caller.account_id, caller.name, "oidc", "sign_in", request_id_of(request))
    await services.threads.run(services.audit.write, [entry])
    answer = HTMLResponse(_ON)
    set_cookie(answer, services, session)
    answer.delete_cookie(_COOKIE, path=_PATH, secure=services.https, httponly=True, samesite="lax")
    return answer


def _opened(services: Services, provider: Oidc, key: str, state: str, code: str) -> tuple[str, Caller]:
    return services.identities.sign_in_as(provider.finish(key, state, code))


def _provider(services: Services) -> Oidc:
    provider = services.identities.oidc
    if provider is None or not provider.has_sign_in_page:
        raise NotFound("oidc_not_set_up")
    return provider


def _redirect_uri(request: Request, services: Services) -> str:
    own = services.settings.server.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{own.rstrip('/')}{_PATH}/callback"
