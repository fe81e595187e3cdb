"""``GET /``: the chat page, whose other files lie under ``/static``; ``/livez`` and ``/readyz``: for whoever
watches the process. None says anything of what is stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from rag.server.monitoring.metrics import CONTENT_TYPE
from rag.server.monitoring.probes import State, Watched

router = APIRouter(tags=["health"])
_INDEX = Path(__file__).parents[1] / "static" / "index.html"


class Health(BaseModel):
    """State of the server, and of each part that a request needs."""

    status: Literal["ok", "failing"]
    checks: dict[str, State] = {}


@router.get("/livez", response_model=Health)
async def livez() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}})
async def readyz(probes: Watched, response: Response) -> Health:
    """Say whether requests can be served: database and index answer."""
    checks = await probes.checks()
    failing = "failing" in checks.values()
    response.status_code = 503 if failing else 200
    return Health(status="failing" if failing else "ok", checks=checks)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(probes: Watched) -> Response:
    """Return the figures of this server, for Prometheus. They name routes and stages, no person."""
    return Response(probes.figures(), media_type=CONTENT_TYPE)


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(_INDEX, media_type="text/html", headers={"Cache-Control": "no-cache"})
