"""What a person sees of a result: one table, one line of speed, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from pathlib import Path

    from eval.compare import Comparison, RunComparison
    from eval.report.document import RunJson
    from eval.retrieval import RetrievalResult
    from eval.runs import AnswersOutcome
    from eval.suite import Missed
    from eval.verify import VerifyReport


def show_retrieval(session: Session, result: RetrievalResult) -> None:
    """Print the metrics of a ranking."""
    from rich.table import Table

    out = console()
    facts = {
        "dataset": result.dataset,
        "split": result.split,
        "mode": result.mode,
        "queries": result.queries,
        "documents": result.documents,
    }
    table = Table(title=session.say("eval.retrieval_title", **facts), title_justify="left", box=None)
    table.add_column(session.say("eval.metric"))
    table.add_column(session.say("eval.mean"), justify="right")
    for name, value in result.means.items():
        table.add_row(name, f"{value:.3f}")
    out.print(table)
    rate = "–" if result.ingest_passages_per_s is None else f"{result.ingest_passages_per_s:.1f}"
    times = {name: value or 0.0 for name, value in result.query_ms.items()}
    out.print(session.say("eval.retrieval_speed", rate=rate, **times, embedder=result.embedder), style="dim")
    if result.has_failures:
        if result.failed:
            console(errors=True).print(session.say("eval.queries_failed", count=len(result.failed)), style="yellow")
        if result.documents_failed:
            console(errors=True).print(session.say("eval.ingest_failed", count=result.documents_failed), style="yellow")


def show_answers(session: Session, outcome: AnswersOutcome) -> None:
    """Print the metrics of answers, each with its interval, its items, and why others were not scored."""
    from rich.table import Table

    from eval.scores import percentile

    out, result, summary = console(), outcome.result, outcome.result.summary()
    answers = result.answers
    trace = answers[0].trace if answers else None
    facts = {"n": len(result.items), "answered": sum(not answer.abstained for answer in answers), "model": trace.model if trace else "–"}
    table = Table(title=session.say("eval.answers_title", **facts), title_justify="left", box=None)
    for column in ("metric", "mean", "interval", "items", "unscored"):
        table.add_column(session.say(f"eval.{column}"), justify="left" if column in ("metric", "unscored") else "right")
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
        out.print(session.say("eval.answers_speed", **speed, embedder=trace.embedder, verifier=trace.verifier), style="dim")
    out.print(session.say("eval.answers_saved", file=result.file), style="dim", soft_wrap=True)
    _show_failures(session, outcome)


def show_missed(session: Session, suite: str, missed: Sequence[Missed], thresholds: int) -> None:
    """Print which thresholds were missed, or that none was."""
    from eval.report.words import figure

    out = console(errors=True)
    for item in missed:
        below = item.max is None or (item.min is not None and item.value is not None and item.value < item.min)
        bound = session.say("eval.at_least", limit=item.min) if below else session.say("eval.at_most", limit=item.max)
        value = session.say("eval.nothing") if item.value is None else figure(item.value)
        out.print(session.say("eval.suite_missed", suite=suite, run=item.run, metric=item.metric, value=value, bound=bound), style="red")
    if thresholds and not missed:
        out.print(session.say("eval.suite_passed", suite=suite, count=thresholds), style="green")


def _show_failures(session: Session, outcome: AnswersOutcome) -> None:
    out = console(errors=True)
    if failed := sum(item.error is not None for item in outcome.result.items):
        out.print(session.say("eval.answers_failed", count=failed), style="yellow")
    if outcome.inputs_failed:
        out.print(session.say("eval.ingest_failed", count=outcome.inputs_failed), style="yellow")


def _reasons(unscored: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in unscored.items())


def show_run(session: Session, run: RunJson) -> None:
    """Print the metrics of a part of a report."""
    from rich.table import Table

    from eval.report.words import figure, named

    out = console()
    if run.error is not None:
        console(errors=True).print(session.say("eval.run_failed", run=run.name, reason=run.error), style="red")
        return
    table = Table(title=session.say("eval.run_title", run=run.name, n=run.n), title_justify="left", box=None)
    for column in ("metric", "mean", "interval", "items", "unscored"):
        table.add_column(session.say(f"eval.{column}"), justify="left" if column in ("metric", "unscored") else "right")
    for name, found in run.metrics.items():
        if not found.n:
            continue
        interval = "" if found.low is None else f"{found.low:.3f} – {found.high:.3f}"
        reasons = ", ".join(f"{named('unscored', reason, session.language)} {count}" for reason, count in found.unscored.items())
        table.add_row(name, "–" if found.mean is None else figure(found.mean), interval, str(found.n), reasons)
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
        table.add_row(gain.metric, named("baseline", gain.baseline, session.language), *cells, f"{gain.gained} / {gain.lost}")
    console().print(table)


def show_report_files(session: Session, files: Mapping[str, Path]) -> None:
    """Print where the report is; on standard error, so that a JSON document stays alone."""
    console(errors=True).print(session.say("eval.report_files", file=files["html"]), style="dim", soft_wrap=True)


def show_reports(session: Session, reports: Sequence[Mapping[str, object]]) -> None:
    """Print the reports of a home, the latest first."""
    out = console()
    for found in reports:
        state = {True: "passed", False: "missed"}.get(found.get("passed"), "no_thresholds")  # type: ignore[call-overload]
        out.print(f"{found['created']}  {found['name']}  {session.say(f'report.{state}')}", soft_wrap=True)
    if not reports:
        out.print(session.say("eval.no_reports"))


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
            out.print(session.say("compare.scored_once", metric=metric, n=n, first=first, second=second), style="yellow", soft_wrap=True)
    for key, (one, two) in run.system.items():
        if one != two:
            out.print(session.say("compare.system_changed", key=key, first=one or "–", second=two or "–"), style="dim", soft_wrap=True)
    if run.moved:
        moved = ", ".join(f"{item.id} {item.metric} {item.first:.2f} → {item.second:.2f}" for item in run.moved[:5])
        out.print(session.say("compare.moved", items=moved), style="dim", soft_wrap=True)
    if run.forced:
        console(errors=True).print(session.say("compare.forced"), style="yellow")


def show_verification(session: Session, report: VerifyReport) -> None:
    """Print how right the verifier was; a dash where the labels do not allow a figure."""
    values = report.to_json()
    shown = {name: "–" if values[name] is None else f"{values[name]:.3f}" for name in ("balanced_accuracy", "auroc", "pairs_per_s")}
    console().print(session.say("eval.verify", n=values["n"], verifier=report.verifier, threshold=report.threshold, **shown))
