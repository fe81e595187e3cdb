"""``traboule eval compare``: two reports, item by item."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start


def compare_reports(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(metavar="A", help="A report: its folder or its report.json.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The report compared with it.")],
    force: Annotated[bool, typer.Option("--force", help="Compare even where the data differ.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what changed from A to B, and whether it is more than noise. / Comparer deux rapports."""
    from eval.compare.comparison import compare
    from eval.compare.view import show_comparison
    from eval.report.store import load_report

    session = start(context, home, config)
    found = compare(load_report(first), load_report(second), force=force)
    if as_json:
        print_json(found.to_json())
    else:
        show_comparison(session, found)
