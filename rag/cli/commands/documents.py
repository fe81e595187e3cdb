"""``traboule documents`` and ``traboule show``: what is indexed, and one document with its canonical text."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer

from rag.cli.filters import KindOption, PatientOption, filters_from
from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("documents")(documents)
    app.command("show")(show)


def documents(
    context: typer.Context,
    patient: PatientOption = None,
    kind: KindOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List what is indexed. / Lister ce qui est indexé."""
    from rich.table import Table

    from rag.build import open_registry
    from rag.cli.audited import noting

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        found = list(registry.store.list(filters_from(patient, kind, None, None, None)))
        failed = list(registry.inputs.failures())
        noting(session, registry.store.database)("list", ((one.patient_id, one.doc_id) for one in found))
    if as_json:
        failures = [
            {"uri": item.uri, "status": "failed", "problem": item.problem, "variables": dict(item.variables)}
            for item in failed
        ]
        print_json({"count": len(found), "documents": [asdict(item) for item in found], "failed": failures})
        return
    out = console()
    if not found:
        out.print(session.say("documents.none"))
        return
    table = Table(box=None, header_style="bold")
    for column in ("id", "title", "kind", "language", "patient", "date"):
        table.add_column(session.say(f"documents.column_{column}"), overflow="fold")
    table.add_column(session.say("documents.column_passages"), justify="right")
    for item in found:
        cells = (
            item.doc_id,
            item.title,
            item.kind,
            item.language,
            item.patient_id or "",
            item.authored_at or "",
            str(item.passages),
        )
        table.add_row(*cells)
    out.print(table)
    out.print(session.say("documents.total", count=len(found)), style="dim")


def show(
    context: typer.Context,
    doc_id: Annotated[str, typer.Argument(metavar="DOC_ID")],
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="Without who it is about, as researchers see it.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one document with its canonical text. / Montrer un document et son texte."""
    from rich.text import Text

    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.contract import document_json
    from rag.core.errors import NotFound

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        document = registry.store.get(doc_id)
        links = registry.store.linked(document) if document else ()
        note = noting(session, registry.store.database)
        if document is None:
            note("read", [(None, doc_id)], "denied")
            raise NotFound("document_not_found", doc_id=doc_id)
        note("read", [(document.patient_id, doc_id)])
        if deidentify:
            from rag.server.identity.veil import veil_of

            document = veil_of(session.home, registry.store).document(document)
    if as_json:
        print_json(document_json(replace(document, links=links)).to_json())
        return
    out = console()
    out.print(Text(document.title, style="bold cyan"))
    facts = {
        "kind": document.kind,
        "patient": document.patient_id or "–",
        "date": document.authored_at or session.say("answer.undated"),
    }
    out.print(
        Text(session.say("documents.show_heading", characters=len(document.text), **facts), style="dim")
    )
    for link in links:
        relation = session.say("documents.link", relation=link.relation, title=link.title, doc_id=link.doc_id)
        out.print(
            Text(
                relation + (f" ({session.say('documents.link_likely')})" if link.by == "same_day" else ""),
                style="dim",
            )
        )
    out.print(Text(f"\n{document.text}"))
