"""``traboule quarantine``: documents that nobody finds until somebody says whose they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from rag.cli.held_documents import DocumentArgument, assign_held, erase_held, printable, publish_held
from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start
from rag.core.errors import NotFound

quarantine = typer.Typer(
    help="What names no patient and is no article. / Ce qui ne nomme pas de patient et n'est pas un article.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def list_(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """List what waits. / Ce qui attend."""
    from rag.build import open_registry
    from rag.store.identity.desk import IdentityStore

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        held = IdentityStore(registry.store.database).held()
    if as_json:
        print_json({"count": len(held), "documents": [asdict(one) for one in held]})
        return
    if not held:
        console().print(session.say("quarantine.none"))
    for one in held:
        why = session.say(f"quarantine.{one.reason}")
        line = {"why": why, "characters": one.characters, "origin": one.origin, "at": one.held_at}
        shown = session.say("quarantine.line", doc_id=one.doc_id, title=one.title, **line)
        console().print(printable(shown), soft_wrap=True, markup=False)


@quarantine.command("show")
def show(
    context: typer.Context,
    doc_id: DocumentArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a document that waits. / Montrer un document qui attend."""
    from rag.build import open_registry
    from rag.contract import document_json

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        found = registry.store.in_quarantine(doc_id)
    if found is None:
        raise NotFound("document_not_held", doc_id=doc_id)
    if as_json:
        print_json(document_json(found[0]).model_dump(mode="json"))
    else:
        lines = found[0].text.split("\n")
        console().print("\n".join(map(printable, lines)), soft_wrap=True, markup=False)


@quarantine.command("assign")
def assign(
    context: typer.Context,
    doc_id: DocumentArgument,
    patient: Annotated[str, typer.Option("--patient", help="Whose it is.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say whose a document is. / Dire de qui est un document."""
    session = start(context, home, config)
    assign_held(session, as_json, doc_id, patient, "quarantine_assign", "quarantine.assigned")


@quarantine.command("literature")
def literature(
    context: typer.Context,
    doc_id: DocumentArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that a document is of no patient: everybody reads it. / Un document d'aucun patient."""
    session = start(context, home, config)
    publish_held(session, as_json, doc_id, "quarantine_literature", "quarantine.literature")


@quarantine.command("delete")
def delete(
    context: typer.Context,
    doc_id: DocumentArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Erase a document that waits. / Effacer un document qui attend."""
    erase_held(start(context, home, config), as_json, doc_id, "quarantine_delete", "quarantine.deleted")
