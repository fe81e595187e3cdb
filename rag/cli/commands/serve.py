"""``traboule serve``: the API and the chat page."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, Session, console, start
from rag.core.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from rag.home import OpenHome

_DEMO_PREFIX = "DEMO-"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on [server.host].")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one [server.port].")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="The fictitious corpus, without sign-in, on this machine only.")
    ] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Serve the API and the chat page. / Servir l'API et la page."""
    from rag.build import open_home

    try:
        from rag.server.http.guard import is_loopback
        from rag.server.identity.identities import FIRST_ADMIN
        from rag.server.listener import bound_socket, listen
        from rag.server.monitoring.logs import log_to_stderr
        from rag.server.services import serving
    except ImportError as error:
        if (error.name or "").split(".")[0] == "rag":
            raise
        raise ConfigurationError("extra_missing", extra="server") from error

    session = start(context, home, config)
    address = host or session.settings.server.host
    if demo and not is_loopback(address):
        raise UsageError("demo_not_loopback", host=address)
    with ExitStack() as stack:
        taken = stack.enter_context(
            bound_socket(address, session.settings.server.port if port is None else port)
        )
        if demo:
            from rag.cli.commands.demo import pull_models

            pull_models(session)
        opened = stack.enter_context(
            open_home(session.settings, session.home, allow_fallback=demo, rebuild=demo)
        )
        _prepare(session, opened, demo=demo)
        services = stack.enter_context(serving(session.settings, session.home, opened, demo=demo))
        if not demo and (password := services.identities.first_admin()):
            console(errors=True).print(
                session.say("serve.first_admin", name=FIRST_ADMIN, password=password),
                markup=False,
                soft_wrap=True,
            )
        shown = f"[{address}]" if ":" in address else address
        console(errors=True).print(
            session.say("serve.ready", url=f"http://{shown}:{taken.getsockname()[1]}/"), soft_wrap=True
        )
        log_to_stderr(session.settings.server.log_level)
        listen(services, taken, address)


def _prepare(session: Session, opened: OpenHome, *, demo: bool) -> None:
    """Mend the index; in the demonstration, make sure that the home holds the fictitious corpus and no other
    patient.
    """
    from rag.cli.commands.ingest import ingest_paths
    from rag.demo import corpus_folder, picture_files

    if not demo:
        opened.mend_index()
        return
    if any(not patient.startswith(_DEMO_PREFIX) for patient in opened.store.patients()):
        raise UsageError("demo_home_has_patients", home=session.home)
    if opened.store.coverage().documents_searched == 0:
        ingest_paths(session, opened, [corpus_folder(), *picture_files()])
