"""Evaluation reports: plain folders ``reports/<name>/`` in the home with ``report.json`` and ``report.html``.

A report is shown in a sandbox of its own: whatever stands in it cannot act for who reads it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from rag.core.errors import NotFound
from rag.server.reading import Reading, ReportReader

router = APIRouter(prefix="/v1/reports", tags=["reports"])
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'"
)


class ReportItem(BaseModel):
    """A report in a list; `suite` and `passed` are null where the report does not say."""

    name: str
    created_at: str
    has_html: bool
    suite: str | None = None
    passed: bool | None = None


class ReportList(BaseModel):
    """The reports of this home, the latest first."""

    reports: list[ReportItem]


@router.get("", response_model=ReportList)
async def list_reports(reading: ReportReader) -> ReportList:
    """List the evaluation reports."""
    return ReportList(reports=await reading.services.threads.run(_listed, reading.services.home / "reports"))


@router.get("/{name}.html", response_class=HTMLResponse)
async def report_html(name: str, reading: ReportReader) -> Response:
    """Return a report to be looked at."""
    headers = {"Content-Security-Policy": _SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(await reading.services.threads.run(_content, reading, name, "report.html"), headers=headers)


@router.get("/{name}.json", responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}}, response_class=Response)
async def report_json(name: str, reading: ReportReader) -> Response:
    """Return the figures of a report."""
    return Response(await reading.services.threads.run(_content, reading, name, "report.json"), media_type="application/json")


def _content(reading: Reading, name: str, file: str) -> bytes:
    folder = (reading.services.home / "reports").resolve()
    path = folder / name / file
    if not _NAME.fullmatch(name) or not path.is_file() or not path.resolve().is_relative_to(folder):
        raise NotFound("report_not_found", name=name[:100])
    return path.read_bytes()


def _listed(folder: Path) -> list[ReportItem]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / "report.json").is_file()]
    return sorted(map(_item, found), key=lambda item: item.created_at, reverse=True)


def _item(folder: Path) -> ReportItem:
    file = folder / "report.json"
    created = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        told = None
    suite, passed = (told.get("suite"), told.get("passed")) if isinstance(told, dict) else (None, None)
    return ReportItem(
        name=folder.name,
        created_at=created,
        has_html=(folder / "report.html").is_file(),
        suite=suite if isinstance(suite, str) else None,
        passed=passed if isinstance(passed, bool) else None,
    )
