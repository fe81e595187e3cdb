"""The OpenAPI document: FastAPI's own, with the permission of every route, how to sign in, and the problems
that may come instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from rag.server.http.problems import MEDIA_TYPE, Problem
from rag.server.permits import ReadingFor

_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`traboule users token NAME`, or a token of the identity provider.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "traboule",
        "description": "Set by `POST /v1/session`.",
    },
}
_PROBLEMS = ("401", "403", "404", "413", "422", "429", "503")


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have an application with these routers describe itself in full; the document is made once, when it is
    first asked for.
    """
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _described(app: FastAPI, routes: Sequence[APIRoute]) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = _SECURITY
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= {**schema.pop("$defs", {}), "Problem": schema}
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    permissions = dict(_permissions(routes))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, permissions.get((path, method)), path)
    return document


def _complete(operation: dict[str, Any], permission: str | None, path: str) -> None:
    problem = {
        "description": "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    told = _PROBLEMS if path.startswith("/v1") else ("503",)
    operation["responses"] |= {
        status: problem for status in told if status == "422" or status not in operation["responses"]
    }
    operation["x-permission"] = permission
    operation["security"] = [{name: []} for name in _SECURITY] if permission else []


def _permissions(routes: Sequence[APIRoute]) -> Iterator[tuple[tuple[str, str], str]]:
    for route in routes:
        for needed in _needed(route.dependant):
            for method in route.methods or ():
                yield (route.path_format, method.lower()), needed


def _needed(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, ReadingFor):
            yield inner.call.permission
        yield from _needed(inner)
