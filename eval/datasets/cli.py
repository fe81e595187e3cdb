"""``traboule eval datasets``: what there is to measure on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", envvar="TRABOULE_SHARED_DATA", help="Folder of the declared data sets."
    ),
]


def datasets(
    context: typer.Context,
    data: DataOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List the declared data sets: licence, meaning of the grades, version in the folder. / Lister les jeux
    de données déclarés.
    """
    from eval.datasets.declarations import declared
    from eval.datasets.versions import versions
    from eval.datasets.view import show_datasets

    session = start(context, home, config)
    found = versions(declared(), data)
    if as_json:
        print_json(
            {
                "data": None if data is None else str(data),
                "datasets": [version.to_json() for version in found],
            }
        )
    else:
        show_datasets(session, found, data)
