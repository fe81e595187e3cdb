"""Reads the bodies of requests within limits: not too large, and not too slowly."""

from __future__ import annotations

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from rag.server_settings import ServerSettings

_UPLOADS = "/v1/documents"
_PICTURES = "/v1/images/search"
_FORM = "multipart/form-data"


def limited(receive: Receive, limits: ServerSettings, request: Request) -> Receive:
    """Return a ``receive`` that raises 413 for a body that is too large, and 408 for one that stops coming.

    Once the body is there, it waits without limit: what then comes is that the client has gone.
    """
    most = _limit(limits, request)
    received, is_whole = 0, False

    async def receive_within_limits() -> Message:
        nonlocal received, is_whole
        if is_whole:
            return await receive()
        if _declared(request) > most:
            raise HTTPException(413)
        try:
            with anyio.fail_after(limits.body_timeout_s):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408) from None
        received += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if received > most:
            raise HTTPException(413)
        return message

    return receive_within_limits


def _limit(limits: ServerSettings, request: Request) -> int:
    is_form = request.headers.get("content-type", "").lower().startswith(_FORM)
    is_picture = request.url.path == _PICTURES and is_form
    is_upload = request.method == "POST" and (request.url.path == _UPLOADS or is_picture)
    return round(limits.max_upload_mb * 1_000_000) if is_upload else limits.max_request_kb * 1000


def _declared(request: Request) -> int:
    value = request.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else 0
