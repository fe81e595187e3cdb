"""``traboule cohort``: how many patients a thing is stated of; small counts are withheld on every output."""

from __future__ import annotations

import csv
import sys
from typing import Annotated, Literal

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, console, print_json, start


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cohort")(cohort)


def cohort(
    context: typer.Context,
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="E.g. diabetes. / P. ex. diabetes.")],
    by: Annotated[
        Literal["sex", "birth"] | None, typer.Option("--by", help="Parts: sex, or decade of birth.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Lines of name and count.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Count patients; small counts are withheld. / Compter les patients ; les petits nombres sont tus."""
    from rag.access import Scope
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.store.people.cohorts import count_cohort, rows

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        noting(session, registry.store.database)("cohort", [], "allowed", {"concept": concept[:80]})
        least = session.settings.server.least_count
        found = count_cohort(registry.store, Scope.everything(), concept, by, least)
    if as_json:
        print_json(found.to_json())
    elif as_csv:
        csv.writer(sys.stdout).writerows(rows(found))
    else:
        for name, count in rows(found):
            console().print(f"{name}  {count}", markup=False)
