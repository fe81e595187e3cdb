"""What a person sees of two reports compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.compare.comparison import Comparison, RunComparison


def show_comparison(session: Session, found: Comparison) -> None:
    """Print what changed in each run."""
    for run in found.runs:
        _show_compared(session, found, run)
    out = console()
    for report, names in ((found.first, found.only_first), (found.second, found.only_second)):
        if names:
            out.print(session.say("compare.only_first", report=report, runs=", ".join(names)), style="dim")


def _show_compared(session: Session, found: Comparison, run: RunComparison) -> None:
    from rich.table import Table

    out = console()
    title = session.say("compare.title", run=run.name, first=found.first, second=found.second, n=run.items)
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column(session.say("eval.metric"), no_wrap=True)
    for column in ("first", "second", "difference", "interval", "p", "gained_lost"):
        table.add_column(session.say(f"compare.{column}"), justify="right")
    table.add_column(session.say("compare.verdict"))
    colours = {"better": "green", "worse": "red", "no_difference_shown": "dim", "same": "dim"}
    for change in run.changes:
        interval = "" if change.low is None else f"{change.low:+.3f}…{change.high:+.3f}"
        table.add_row(
            change.metric,
            f"{change.first:.3f}",
            f"{change.second:.3f}",
            f"{change.difference:+.3f}",
            interval,
            f"{change.p_corrected:.4f}",
            f"{change.gained} / {change.lost}",
            f"[{colours[change.verdict]}]{session.say(f'compare.{change.verdict}')}[/]",
        )
    out.print(table)
    for metric, n, first, second in (
        *((change.metric, change.n, change.only_first, change.only_second) for change in run.changes),
        *((one.metric, 0, one.only_first, one.only_second) for one in run.uncompared),
    ):
        if first or second:  # a system that fails or abstains where it is hard must not look better unseen
            out.print(
                session.say("compare.scored_once", metric=metric, n=n, first=first, second=second),
                style="yellow",
                soft_wrap=True,
            )
    for key, (one, two) in run.system.items():
        if one != two:
            out.print(
                session.say("compare.system_changed", key=key, first=one or "–", second=two or "–"),
                style="dim",
                soft_wrap=True,
            )
    if run.moved:
        moved = ", ".join(
            f"{item.id} {item.metric} {item.first:.2f} → {item.second:.2f}" for item in run.moved[:5]
        )
        out.print(session.say("compare.moved", items=moved), style="dim", soft_wrap=True)
    if run.forced:
        console(errors=True).print(session.say("compare.forced"), style="yellow")
