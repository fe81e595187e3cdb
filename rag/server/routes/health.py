"""``/livez`` and ``/readyz``: for whoever watches the process. They say nothing of what is stored."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from rag.core.errors import TrabouleError
from rag.server.metrics import CONTENT_TYPE
from rag.server.services import Served, Services

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """State of the server, and of each part that a request needs."""

    status: Literal["ok", "failing"]
    checks: dict[str, Literal["ok", "failing"]] = {}


@router.get("/livez", response_model=Health)
async def livez() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}})
async def readyz(services: Served, response: Response) -> Health:
    """Say whether requests can be served: database and index answer."""
    checks = await services.threads.run(_checked, services)
    failing = "failing" in checks.values()
    response.status_code = 503 if failing else 200
    return Health(status="failing" if failing else "ok", checks=checks)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
async def metrics(services: Served) -> Response:
    """Return the figures of this server, for Prometheus. They name routes and stages, no person."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE)


def _checked(services: Services) -> dict[str, Literal["ok", "failing"]]:
    probes = {"database": services.opened.store.passage_total, "index": services.opened.index.count}
    return {name: _state(probe) for name, probe in probes.items()}


def _state(probe: object) -> Literal["ok", "failing"]:
    assert callable(probe)
    try:
        probe()
    except TrabouleError:
        return "failing"
    return "ok"
