"""``traboule ingest``: files, folders and archives into the index, with a line for every file that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.progress import reading
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import ParseError, UsageError
from rag.messages import catalogue

if TYPE_CHECKING:
    from rag.home import OpenHome
    from rag.ingest.report import IngestReport

_DONE_WITH_FAILURES = 3
LiteratureOption = Annotated[
    bool,
    typer.Option("--literature", help="What names no patient is literature: for folders of articles."),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=0, max=64, metavar="N", help="Processes that parse files.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build the index again from what is stored.")
    ] = False,
    literature: LiteratureOption = False,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Read documents into the index; repeat it at will. / Lire des documents dans l'index."""
    from rag.build import open_home
    from rag.cli.audited import noting

    if not paths and not rebuild:
        raise UsageError("ingest_nothing")
    session = with_workers(start(context, home, config), workers)
    with open_home(session.settings, session.home, rebuild=rebuild) as opened:
        here = [path.absolute() for path in paths or ()]
        report = ingest_paths(session, opened, here, rebuild=rebuild, literature=literature)
        totals = opened.store.coverage().documents_searched, opened.store.passage_total()
        noting(session, opened.store.database)("ingest", [], "allowed", asdict(report.counts))
    if as_json:
        print_json(report_json(session, report, totals))
    else:
        show_report(session, report, totals)
    return _DONE_WITH_FAILURES if report.has_failures else 0


def with_workers(session: Session, workers: int | None) -> Session:
    """Return the session with so many processes that parse, if a number is given."""
    if workers is None:
        return session
    settings = session.settings.model_copy(
        update={"ingest": session.settings.ingest.model_copy(update={"workers": workers})}
    )
    return replace(session, settings=settings)


def ingest_paths(
    session: Session,
    opened: OpenHome,
    paths: Sequence[Path],
    *,
    rebuild: bool = False,
    literature: bool = False,
) -> IngestReport:
    """Mend the index where it lacks what the registry holds, then read the paths, under a bar with files,
    passages, rate and time left.

    With ``literature`` what names no patient is of none: articles. With ``rebuild`` every stored document is
    compared with the index, and the index is built as its settings say now.
    """
    with reading(session) as show:
        mended = opened.rebuild_index(show) if rebuild else opened.mend_index(show)
        if not paths and mended is not None:
            return mended
        return opened.ingestor.ingest(paths, show, of_nobody="literature" if literature else "by_form")


def report_json(session: Session, report: IngestReport, totals: tuple[int, int]) -> dict[str, object]:
    """Return the report as JSON: counts, and each file with its status and its problems in words."""
    counts = report.counts
    return {
        "added": counts.added,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "removed": counts.removed,
        "failed": counts.failed,
        "held": counts.held,
        "documents": totals[0],
        "passages": totals[1],
        "passages_written": report.passages,
        "seconds": round(report.seconds, 3),
        "ledger": report.ledger.as_json(),
        "files": [
            {
                "file": result.file,
                "status": result.status,
                "ledger": result.ledger.as_json(),
                "problems": [_problem_json(session, problem) for problem in result.problems],
                "warnings": [_problem_json(session, warning) for warning in result.warnings],
            }
            for result in report.files
        ],
    }


def show_report(session: Session, report: IngestReport, totals: tuple[int, int]) -> None:
    """Print one line for every problem and warning, then the sum."""
    from rich.text import Text

    from rag.ingest.parsing.aside import PREFIX

    out = console(errors=True)
    for result in report.files:
        for problem in result.problems:
            out.print(
                Text.assemble(
                    (f"{session.say('ingest.failed')} ", "red"), problem.describe(session.language)
                ),
                soft_wrap=True,
            )
        for warning in result.warnings:
            if warning.key.startswith(PREFIX):
                continue  # the line of the ledger sums them up; --json has them file by file
            out.print(
                Text.assemble(
                    (f"{session.say('ingest.warning')} ", "yellow"), warning.describe(session.language)
                ),
                soft_wrap=True,
            )
    counts = report.counts
    out.print(
        session.say(
            "ingest.summary",
            added=counts.added,
            updated=counts.updated,
            unchanged=counts.unchanged,
            removed=counts.removed,
            failed=counts.failed,
            documents=totals[0],
            passages=totals[1],
            seconds=report.seconds,
            rate=report.passages / report.seconds if report.seconds else 0.0,
        )
    )
    if counts.held:
        out.print(session.say("quarantine.waiting", count=counts.held), style="yellow")
    if report.ledger.read or report.ledger.aside:
        out.print(ledger_line(session, report))


def ledger_line(session: Session, report: IngestReport) -> str:
    """Return the ledger of a report in words: characters held and read, and what was set aside by reason."""
    ledger = report.ledger
    words = catalogue(session.language)
    reasons = ", ".join(f"{words.get(f'ledger.{reason}', reason)} {count}" for reason, count in ledger.aside)
    held = session.say("ledger.held", count=ledger.held) if ledger.held is not None else ""
    aside = (
        session.say("ledger.aside", count=ledger.set_aside, reasons=reasons)
        if reasons
        else session.say("ledger.nothing")
    )
    return session.say("ledger.line", held=held, read=ledger.read, aside=aside)


def _problem_json(session: Session, problem: ParseError) -> dict[str, str]:
    return {"problem": problem.key, "message": problem.describe(session.language)}
