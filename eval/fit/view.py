"""What a person sees of a fit: the figures on what was not fitted on, and whether the weights are new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from rag.cli.session import Session, console


def show_fit(session: Session, file: Path, document: Mapping[str, object]) -> None:
    """Print the figures of the weights that were written, beside those that they were weighed against."""
    from rich.table import Table

    figures = cast(Mapping[str, Mapping[str, object]], document["figures"])
    other = cast(Mapping[str, object], document.get("weighed_against") or document.get("refitted") or {})
    beside = cast(Mapping[str, Mapping[str, object]], other.get("figures", {}))
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    table = Table(title=session.say("fit.title"), title_justify="left", box=None)
    table.add_column(session.say("fit.set"))
    for name in names:
        table.add_column(name, justify="right")
    for name, row in figures.items():
        table.add_row(name, *(_cell(row.get(key), beside.get(name, {}).get(key)) for key in names))
    console().print(table)
    console().print(
        session.say("fit.written", file=file, origin=document["origin"]), soft_wrap=True, markup=False
    )


def _cell(value: object, beside: object) -> str:
    shown = "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
    return (
        shown
        if beside is None or beside == value
        else f"{shown} ({beside:.3f})"
        if isinstance(beside, float)
        else shown
    )
