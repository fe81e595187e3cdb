"""The FastAPI application: its routes, its middlewares, its description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from mcp.server.mcpserver import MCPServer
from starlette.staticfiles import StaticFiles

from rag.server.description import describe
from rag.server.http import problems
from rag.server.http.guard import Guard, accepted_hosts
from rag.server.identity.authentication import Authentication
from rag.server.mcp import add_mcp
from rag.server.routes import (
    answers,
    audit,
    conversations,
    documents,
    emergencies,
    health,
    identities,
    oidc,
    openai,
    records,
    reports,
    session,
    uploads,
    views,
)
from rag.server.services import Services

STATIC = Path(__file__).parent / "static"


def create_app(services: Services, host: str = "127.0.0.1") -> FastAPI:
    """Return the application that serves a home; ``host`` is the address it listens on."""
    servers: list[MCPServer[object]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with servers[0].session_manager.run():
            yield

    app = FastAPI(
        lifespan=lifespan,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
        },  # addresses there may name patients
        title="Traboule",
        version=version("traboule"),
        description="Clinical search: short answers in which every sentence is cited to an exact passage.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    modules = (
        answers,
        openai,
        views,
        documents,
        records,
        uploads,
        conversations,
        identities,
        emergencies,
        reports,
        audit,
        session,
        oidc,
        health,
    )
    routers = [*(module.router for module in modules), records.cohorts]
    for router in routers:
        app.include_router(router)
    describe(app, routers)
    servers.append(add_mcp(app))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    public = urlsplit(services.settings.server.public_url or "")
    app.add_middleware(Authentication, services=services)
    app.add_middleware(Guard, services=services, hosts=accepted_hosts(host, public.hostname))
    return app
