"""What a person sees of a run, and where its report is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from pathlib import Path

    from eval.report.document import RunJson


def show_run(session: Session, run: RunJson) -> None:
    """Print the metrics of a part of a report."""
    from rich.table import Table

    from eval.report.words import figure, named

    out = console()
    if run.error is not None:
        console(errors=True).print(
            session.say("eval.run_failed", run=run.name, reason=run.error), style="red"
        )
        return
    table = Table(title=session.say("eval.run_title", run=run.name, n=run.n), title_justify="left", box=None)
    for column in ("metric", "mean", "interval", "items", "unscored"):
        table.add_column(
            session.say(f"eval.{column}"), justify="left" if column in ("metric", "unscored") else "right"
        )
    for name, found in run.metrics.items():
        if not found.n:
            continue
        interval = "" if found.low is None else f"{found.low:.3f} – {found.high:.3f}"
        reasons = ", ".join(
            f"{named('unscored', reason, session.language)} {count}"
            for reason, count in found.unscored.items()
        )
        table.add_row(
            name, "–" if found.mean is None else figure(found.mean), interval, str(found.n), reasons
        )
    out.print(table)
    if undefined := [name for name, found in run.metrics.items() if not found.n]:
        out.print(f"{session.say('eval.unscored')}: {', '.join(undefined)}", style="dim")
    if run.failed:
        console(errors=True).print(session.say("eval.answers_failed", count=len(run.failed)), style="yellow")
    if failed := int(run.figures.get("inputs_failed") or run.figures.get("documents_failed") or 0):
        console(errors=True).print(session.say("eval.ingest_failed", count=failed), style="yellow")


def show_gains(session: Session, run: RunJson) -> None:
    """Print what each metric gains over the baselines of the run; nothing where it has none."""
    from rich.table import Table

    from eval.report.words import named

    if not run.gains:
        return
    table = Table(title=session.say("report.gains"), title_justify="left", box=None)
    for key in ("eval.metric", "report.baseline"):
        table.add_column(session.say(key))
    for key in ("compare.difference", "eval.interval", "compare.p", "compare.gained_lost"):
        table.add_column(session.say(key), justify="right")
    for gain in run.gains:
        interval = "" if gain.low is None else f"{gain.low:+.3f} – {gain.high:+.3f}"
        cells = (f"{gain.difference:+.3f}", interval, f"{gain.p_corrected:.4f}")
        table.add_row(
            gain.metric,
            named("baseline", gain.baseline, session.language),
            *cells,
            f"{gain.gained} / {gain.lost}",
        )
    console().print(table)


def show_report_files(session: Session, files: Mapping[str, Path]) -> None:
    """Print where the report is; on standard error, so that a JSON document stays alone."""
    console(errors=True).print(
        session.say("eval.report_files", file=files["html"]), style="dim", soft_wrap=True
    )


def show_reports(session: Session, reports: Sequence[Mapping[str, object]]) -> None:
    """Print the reports of a home, the latest first."""
    out = console()
    for found in reports:
        state = {True: "passed", False: "missed"}.get(found.get("passed"), "no_thresholds")  # type: ignore[call-overload]
        out.print(f"{found['created']}  {found['name']}  {session.say(f'report.{state}')}", soft_wrap=True)
    if not reports:
        out.print(session.say("eval.no_reports"))
