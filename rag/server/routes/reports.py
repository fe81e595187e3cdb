"""Evaluation reports of the home.

A report is shown in a sandbox of its own: whatever stands in it cannot act for who reads it.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from rag.server.permits import MayReport

router = APIRouter(prefix="/v1/reports", tags=["reports"])
_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'self'"
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
async def list_reports(reading: MayReport) -> ReportList:
    """List the evaluation reports."""
    found = await reading.run(reading.stored_reports)
    return ReportList(reports=[ReportItem.model_validate(one, from_attributes=True) for one in found])


@router.get("/{name}.html", response_class=HTMLResponse)
async def report_html(name: str, reading: MayReport) -> Response:
    """Return a report to be looked at."""
    headers = {"Content-Security-Policy": _SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(await reading.run(reading.report, name, "report.html"), headers=headers)


@router.get(
    "/{name}.json",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
    response_class=Response,
)
async def report_json(name: str, reading: MayReport) -> Response:
    """Return the figures of a report."""
    return Response(await reading.run(reading.report, name, "report.json"), media_type="application/json")
