"""``traboule sync``: a folder, or the folder of a FHIR bulk export, mirrored: added, changed and deleted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.commands.ingest import LiteratureOption, WorkersOption, report_json, show_report, with_workers
from rag.cli.progress import counting
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.ingest.report import Progress
    from rag.ingest.sources.mirror import SyncReport

_DONE_WITH_FAILURES = 3
EraseOption = Annotated[
    bool, typer.Option("--erase-all", help="Erase what has gone even when it is most of what was mirrored.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sync")(sync)


def sync(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder.")],
    erase_all: EraseOption = False,
    literature: LiteratureOption = False,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Mirror a folder: read what is new or changed, erase what has gone. / Refléter un dossier."""
    from rag.build import open_home
    from rag.cli.audited import noting

    session = with_workers(start(context, home, config), workers)
    with open_home(session.settings, session.home) as opened, counting(session, "ingest.reading") as bars:
        task = bars.add_task("", total=None)

        def show(at: Progress) -> None:
            name = Path(at.file).name
            bars.update(
                task,
                total=at.files or None,
                completed=at.files_done,
                description=f"{at.passages} passages · {name[:40]}",
            )

        opened.mend_index(show)
        report = opened.sync(source, show, erase_all=erase_all, literature=literature)
        counts = {**asdict(report.read.counts), "erased": report.erased}
        noting(session, opened.store.database)("sync", [], "allowed", counts)
        totals = opened.store.coverage().documents_searched, opened.store.passage_total()
    if as_json:
        print_json({**report_json(session, report.read, totals), **_sync_json(session, source, report)})
    else:
        show_report(session, report.read, totals)
        _show(session, report)
    return _DONE_WITH_FAILURES if report.has_failures else 0


def _sync_json(session: Session, source: Path, report: SyncReport) -> dict[str, object]:
    kept = (
        None
        if report.kept is None
        else {"problem": report.kept.key, "message": report.kept.describe(session.language)}
    )
    return {
        "source": str(source.absolute()),
        "deleted": report.erased,
        "deleted_files": [str(path) for path in report.gone],
        "kept": kept,
    }


def _show(session: Session, report: SyncReport) -> None:
    out = console(errors=True)
    if report.kept is not None:
        out.print(
            f"{session.say('ingest.failed')} {report.kept.describe(session.language)}",
            style="red",
            soft_wrap=True,
            markup=False,
        )
    elif report.gone:
        out.print(session.say("sync.deleted", files=len(report.gone), documents=report.erased))
