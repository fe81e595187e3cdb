"""Errors as RFC 9457 problem details, in the language asked for. Never a trace, never what a patient's
document says.

``type`` is stable: ``urn:traboule:problem:<code>``, and ``code`` is the key of the message catalogue.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from rag.core.calls import Cancelled
from rag.core.errors import (
    ConfigurationError,
    NotAllowed,
    NotFound,
    ParseError,
    StorageError,
    TrabouleError,
    Unavailable,
    UsageError,
)
from rag.messages import message
from rag.server.http.refusals import NotSignedIn, TooBusy

MEDIA_TYPE = "application/problem+json"
_URN = "urn:traboule:problem:"
_log = logging.getLogger(__name__)

STATUSES: dict[type[TrabouleError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    UsageError: 422,
    ParseError: 422,
    TooBusy: 429,
    Cancelled: 499,
    Unavailable: 503,
    ConfigurationError: 500,
    StorageError: 500,
}
_INTERNAL = (ConfigurationError, StorageError)
"""Errors whose words name folders and settings of the machine: they go to the log, callers learn that
something failed.
"""


class FieldProblem(BaseModel):
    """What is wrong with one field of a request. The value itself is not repeated: it may speak of a
    patient.
    """

    field: str
    reason: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:traboule:problem:document_not_found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": 'No document "x" may be read here.',
                    "code": "document_not_found",
                    "request_id": "3b6c1f0e9a7d4c52",
                }
            ]
        }
    )

    type: str = Field(description="Stable name of the problem: urn:traboule:problem:<code>.")
    title: str
    status: int
    detail: str = Field(description="One line in the language asked for: what, where, and what to do.")
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


def status_of(error: BaseException) -> int:
    """Return the HTTP status of an error: the table's entry, 500 for anything unforeseen."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def language_of(request: Request) -> str:
    """Return the language for messages: the first of French and English that ``Accept-Language`` names, else
    English.
    """
    wanted = [
        (part.split(";")[0].strip().lower()[:2], _quality(part))
        for part in request.headers.get("accept-language", "").split(",")
    ]
    known = [(name, quality) for name, quality in wanted if name in ("fr", "en") and quality > 0]
    return max(known, key=lambda pair: pair[1])[0] if known else "en"


def _quality(part: str) -> float:
    _, _, given = part.partition(";q=")
    try:
        return float(given) if given else 1.0
    except ValueError:
        return 0.0


def problem_of(error: BaseException, language: str, request_id: str) -> Problem:
    """Return what a caller may know of an error."""
    status = status_of(error)
    if isinstance(error, TrabouleError) and not isinstance(error, _INTERNAL):
        return new_problem(error.key, status, error.describe(language), request_id)
    _log.error(
        "request %s failed: %s",
        request_id,
        error if isinstance(error, TrabouleError) else type(error).__name__,
        exc_info=error,
    )
    return new_problem(
        "internal", status, message("errors.server_internal", language, request_id=request_id), request_id
    )


def problem_response(error: BaseException, language: str, request_id: str) -> JSONResponse:
    """Return the response for an error."""
    headers = {}
    if isinstance(error, TooBusy):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = "10"
    elif isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="traboule"'
    return as_response(problem_of(error, language, request_id), headers)


def as_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    content = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, problem.status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of the application leave as a problem."""
    app.add_exception_handler(TrabouleError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _ours)


def request_id_of(request: Request) -> str:
    """Return the id that names this request in answers, logs and the audit."""
    return str(request.scope.get("traboule.request_id", "-"))


def address_of(request: Request) -> str:
    """Return the client's address; behind a proxy that the settings trust, the one it tells."""
    return request.client.host if request.client is not None else ""


async def _ours(request: Request, error: Exception) -> JSONResponse:
    return problem_response(error, language_of(request), request_id_of(request))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [
        FieldProblem(field=".".join(map(str, item["loc"]))[:200], reason=_reason(item["type"], item["msg"]))
        for item in found[:20]
    ]
    detail = message(
        "errors.request_invalid",
        language_of(request),
        fields=", ".join(dict.fromkeys(item.field for item in fields)) or "body",
    )
    problem = new_problem("request_invalid", 422, detail, request_id_of(request))
    return as_response(problem.model_copy(update={"errors": fields}))


def _reason(kind: str, said: str) -> str:
    """Keep the parser's words where they cannot quote the value."""
    return "the body is not valid JSON" if kind == "json_invalid" else said[:200]


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    key = {
        404: "path_not_found",
        405: "method_not_allowed",
        408: "request_timeout",
        413: "request_too_large",
        415: "media_type_unknown",
    }.get(error.status_code, "request_refused")
    problem = new_problem(
        key, error.status_code, message(f"errors.{key}", language_of(request)), request_id_of(request)
    )
    return as_response(problem, dict(error.headers or {}))


def new_problem(code: str, status: int, detail: str, request_id: str) -> Problem:
    """Return a problem under its stable name."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Client Closed Request"
    return Problem(
        type=f"{_URN}{code}", title=title, status=status, detail=detail, code=code, request_id=request_id
    )
