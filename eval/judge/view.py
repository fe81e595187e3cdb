"""What a person sees of a second opinion: what was scored and what not, how far the judges agree, and what it
took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.report.words import named
from rag.cli.session import Session, console

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from eval.judge.agreement import Interval, PairsOpinion
    from eval.judge.run import ReportOpinion, Said


def show_report_opinion(session: Session, opinion: ReportOpinion) -> None:
    """Print ragas' metrics over the items, each with its interval, its spread, and why others were not
    scored.
    """
    from rich.table import Table

    from eval.report.view import show_report_files

    table = Table(
        title=session.say("judge.title", run=opinion.run, n=opinion.items), title_justify="left", box=None
    )
    for column in (
        "eval.metric",
        "eval.mean",
        "eval.interval",
        "judge.spread",
        "eval.items",
        "eval.unscored",
    ):
        justify: JustifyMethod = "left" if column in ("eval.metric", "eval.unscored") else "right"
        table.add_column(session.say(column), justify=justify, no_wrap=column == "eval.metric")
    for name, found in opinion.figures.items():
        interval = None if found.low is None or found.high is None else (found.low, found.high)
        reasons = ", ".join(
            f"{named('unscored', reason, session.language)} {count}"
            for reason, count in found.unscored.items()
        )
        cells = (
            _figure(found.mean),
            _ends(interval),
            _figure(opinion.spread(name), ""),
            str(found.n),
            reasons,
        )
        table.add_row(named("metric", name, session.language), *cells)
    console().print(table)
    _show_said(session, opinion.said)
    show_report_files(session, opinion.files)


def show_pairs_opinion(session: Session, opinion: PairsOpinion, said: Said) -> None:
    """Print how right ragas and the verifier are on the labelled pairs, and how far any two agree."""
    from rich.table import Table

    scored, asked = len(opinion.judge.pairs), len(opinion.judged)
    table = Table(
        title=session.say("judge.pairs_title", scored=scored, n=asked),
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    for column in ("judge.who", "judge.balanced_accuracy", "eval.interval", "judge.auroc", "eval.interval"):
        table.add_column(session.say(column), justify="left" if column == "judge.who" else "right")
    for name, report in opinion.raters.items():
        means, ends = report.means, report.intervals(report.labelled)
        figures = [
            cell
            for metric in ("balanced_accuracy", "auroc")
            for cell in (_figure(means[metric]), _ends(ends.get(metric)))
        ]
        table.add_row(session.say(f"judge.{name}"), *figures)
    console().print(table)
    agreed = Table(box=None, padding=(0, 1, 0, 0))
    for column in ("judge.between", "judge.share", "eval.interval", "judge.kappa", "eval.interval"):
        agreed.add_column(session.say(column), justify="left" if column == "judge.between" else "right")
    for found in opinion.agreements():
        between = " – ".join(session.say(f"judge.{name}") for name in found.between)
        agreed.add_row(
            between,
            _figure(found.share),
            _ends(found.share_interval),
            _figure(found.kappa),
            _ends(found.kappa_interval),
        )
    console().print(agreed)
    for label, reasons in opinion.unscored.items():
        counted = ", ".join(
            f"{named('unscored', reason, session.language)} {count}" for reason, count in reasons.items()
        )
        console().print(session.say("judge.pairs_unscored", label=label, reasons=counted), style="yellow")
    _show_said(session, said)


def _show_said(session: Session, said: Said) -> None:
    asked, failed = len(said.asked), len(said.failed)
    share = failed / asked if asked else 0.0
    items = len({found.id for found in said.asked}) or 1
    console().print(
        session.say("judge.share_failed", failed=failed, asked=asked, share=share),
        style="yellow" if failed else "",
    )
    console().print(session.say("judge.took", judge=said.judge, seconds=said.seconds / items), style="dim")


def _figure(value: float | None, missing: str = "–") -> str:
    return missing if value is None else f"{value:.3f}"


def _ends(interval: Interval) -> str:
    return "" if interval is None else f"{interval[0]:.2f} – {interval[1]:.2f}"
