"""What a person sees of answers: one table, one line of speed, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.answers.run import AnswersOutcome


def show_answers(session: Session, outcome: AnswersOutcome) -> None:
    """Print the metrics of answers, each with its interval, its items, and why others were not scored."""
    from rich.table import Table

    from eval.statistics.scores import percentile

    out, result, summary = console(), outcome.result, outcome.result.summary()
    answers = result.answers
    trace = answers[0].trace if answers else None
    facts = {
        "n": len(result.items),
        "answered": sum(not answer.abstained for answer in answers),
        "model": trace.model if trace else "–",
    }
    table = Table(title=session.say("eval.answers_title", **facts), title_justify="left", box=None)
    for column in ("metric", "mean", "interval", "items", "unscored"):
        table.add_column(
            session.say(f"eval.{column}"), justify="left" if column in ("metric", "unscored") else "right"
        )
    for name, mean in summary.means.items():
        interval = summary.intervals[name]
        cells = (
            "–" if mean is None else f"{mean:.3f}",
            f"{interval[0]:.2f} – {interval[1]:.2f}" if interval else "",
            str(summary.counts[name]),
        )
        table.add_row(name, *cells, _reasons(summary.unscored.get(name, {})))
    out.print(table)
    times = [item.latency_ms for item in result.items if item.answer is not None]
    if trace:
        speed = {"p50": percentile(times, 0.5) or 0.0, "p95": percentile(times, 0.95) or 0.0}
        out.print(
            session.say("eval.answers_speed", **speed, embedder=trace.embedder, verifier=trace.verifier),
            style="dim",
        )
    out.print(session.say("eval.answers_saved", file=result.file), style="dim", soft_wrap=True)
    _show_failures(session, outcome)


def _show_failures(session: Session, outcome: AnswersOutcome) -> None:
    out = console(errors=True)
    if failed := sum(item.error is not None for item in outcome.result.items):
        out.print(session.say("eval.answers_failed", count=failed), style="yellow")
    if outcome.inputs_failed:
        out.print(session.say("eval.ingest_failed", count=outcome.inputs_failed), style="yellow")


def _reasons(unscored: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in unscored.items())
