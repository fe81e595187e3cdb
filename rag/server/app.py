"""The FastAPI application: its routes, its middlewares, its description."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from rag.server import problems
from rag.server.authentication import Authentication
from rag.server.guard import Guard, accepted_hosts
from rag.server.routes import answers, conversations, documents, health, page, reports, session, views, writing
from rag.server.services import Services

STATIC = Path(__file__).parent / "static"


def create_app(services: Services, host: str = "127.0.0.1") -> FastAPI:
    """Return the application that serves a home; ``host`` is the address it listens on."""
    app = FastAPI(
        title="Traboule",
        version=version("traboule"),
        description="Clinical search: short answers in which every sentence is cited to an exact passage.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    for module in (answers, views, documents, writing, conversations, reports, session, health, page):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    public = urlsplit(services.settings.server.public_url or "")
    app.add_middleware(Authentication, services=services)
    app.add_middleware(Guard, hosts=accepted_hosts(host, public.hostname), https=public.scheme == "https", limits=services.settings.server)
    return app
