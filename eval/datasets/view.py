"""``traboule eval datasets``: the declared sets and what lies in the folder of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.datasets.versions import SetVersion


def show_datasets(session: Session, found: Sequence[SetVersion], data: Path | None) -> None:
    """Print the declared sets, each with its state and, on a line of its own, what its grades mean."""
    from rich.table import Table

    out = console()
    table = Table(title=session.say("datasets.title", count=len(found)), title_justify="left", box=None)
    for column in ("name", "measure", "language", "licence", "state"):
        table.add_column(session.say(f"datasets.{column}"), no_wrap=column == "name")
    for version in found:
        declared = version.dataset
        state = f"[{_COLOURS[version.state]}]{session.say(f'datasets.{version.state}')}[/]"
        table.add_row(
            declared.name,
            session.say(f"datasets.measure_{declared.measure}"),
            declared.language,
            declared.licence,
            state,
        )
    out.print(table)
    out.print()
    for version in found:
        grades = version.dataset.grades
        meaning = grades.fr if session.language == "fr" else grades.en
        out.print(f"{version.dataset.name}: {version.dataset.source}", style="dim", markup=False)
        out.print(f"  {meaning}", markup=False)
    for version in found:
        for facts in version.differences():
            console(errors=True).print(
                session.say("datasets.other_version", **facts), style="yellow", markup=False, soft_wrap=True
            )
    if data is None:
        console(errors=True).print(session.say("datasets.no_folder"), style="yellow")


_COLOURS: Mapping[str, str] = {"there": "green", "missing": "dim", "another_version": "yellow"}
