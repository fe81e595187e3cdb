"""``traboule forget``: erase a document or a patient everywhere, and say what was erased."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start
from rag.core.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forget")(forget)


def forget(
    context: typer.Context,
    doc: Annotated[list[str] | None, typer.Option("--doc", help="A document id; may be repeated.")] = None,
    patient: Annotated[str | None, typer.Option("--patient", help="Every document of this patient.")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Erase from index, database, stored sources and caches. / Effacer partout."""
    from rag.build import open_home
    from rag.cli.audited import noting

    if bool(doc) == (patient is not None):
        raise UsageError("forget_which")
    session = start(context, home, config)
    with open_home(session.settings, session.home) as opened:
        known = {one: opened.store.get(one) for one in doc or ()}
        named = [(found.patient_id if found else None, one) for one, found in known.items()]
        noting(session, opened.store.database)("delete", named or [(patient, "")])
        erased = opened.forget(doc_ids=doc or (), patient_id=patient)
    if as_json:
        print_json(asdict(erased))
        return
    counts = {"passages": erased.passages, "sources": erased.sources, "vectors": erased.vectors}
    done = bool(erased.doc_ids or erased.inputs)
    console().print(
        session.say("forget.erased", documents=len(erased.doc_ids), **counts)
        if done
        else session.say("forget.nothing")
    )
