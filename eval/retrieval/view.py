"""What a person sees of a search that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.retrieval.measurement import RetrievalResult


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
            console(errors=True).print(
                session.say("eval.queries_failed", count=len(result.failed)), style="yellow"
            )
        if result.documents_failed:
            console(errors=True).print(
                session.say("eval.ingest_failed", count=result.documents_failed), style="yellow"
            )
