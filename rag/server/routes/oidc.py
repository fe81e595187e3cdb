"""Signing in through the hospital's identity provider, in a browser: there and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rag.server.identity.entrance import AtEntrance, Entrance
from rag.server.routes.session import set_cookie

router = APIRouter(prefix="/v1/session/oidc", tags=["session"])
_COOKIE, _PATH = "traboule-sign-in", "/v1/session/oidc"
_ON = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh"'
    ' content="0;url=/"><title>Traboule</title><a href="/">Traboule</a>'
)
"""The browser sends the session's cookie only to pages that ours led to: so the provider leads here, and this
page to the next.
"""


@router.get("", response_class=RedirectResponse, status_code=302)
async def begin(request: Request, entrance: AtEntrance) -> RedirectResponse:
    """Go to the provider's sign-in page."""
    key, url = await entrance.begin_at_provider(_redirect_uri(request, entrance))
    answer = RedirectResponse(url, 302)
    answer.set_cookie(
        _COOKIE, key, max_age=600, path=_PATH, secure=entrance.https, httponly=True, samesite="lax"
    )
    return answer


@router.get("/callback", response_class=HTMLResponse)
async def finish(
    request: Request,
    entrance: AtEntrance,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> HTMLResponse:
    """Come back from the provider: the session begins."""
    session, _ = await entrance.finish_at_provider(
        request.cookies.get(_COOKIE, ""), state, code, _redirect_uri(request, entrance)
    )
    answer = HTMLResponse(_ON)
    set_cookie(answer, entrance, session)
    answer.delete_cookie(_COOKIE, path=_PATH, secure=entrance.https, httponly=True, samesite="lax")
    return answer


def _redirect_uri(request: Request, entrance: Entrance) -> str:
    own = entrance.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{own.rstrip('/')}{_PATH}/callback"
