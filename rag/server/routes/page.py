"""``GET /``: the chat page. Everything else it needs lies under ``/static``."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

router = APIRouter()
_INDEX = Path(__file__).parents[1] / "static" / "index.html"


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(_INDEX, media_type="text/html", headers={"Cache-Control": "no-cache"})
