"""``traboule eval report``; and the report that other commands write of one measurement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, print_json, start

if TYPE_CHECKING:
    from eval.report.document import RunJson


def report(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A report; without it, all of the home are listed.")
    ] = None,
    without_texts: Annotated[
        bool,
        typer.Option(
            "--without-texts",
            help="Leave out questions, answers and documents, so that the page can be handed on.",
        ),
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Make the pages of a report again, or list the reports. / Refaire un rapport, ou lister les rapports."""
    from eval.report.assembly import render
    from eval.report.store import ReportFolder, listed, load_report
    from eval.report.view import show_report_files, show_reports

    session = start(context, home, config)
    if folder is None:
        (
            print_json({"reports": listed(session.home)})
            if as_json
            else show_reports(session, listed(session.home))
        )
        return
    loaded = load_report(folder)
    place = folder if folder.is_dir() else folder.parent
    files = render(ReportFolder(place.expanduser()), loaded, session.language, texts=not without_texts)
    (
        print_json({kind: str(path) for kind, path in files.items()})
        if as_json
        else show_report_files(session, files)
    )


def write_report(
    session: Session, run: RunJson, result: Mapping[str, object], browsed: Iterable[Mapping[str, object]]
) -> None:
    """Write the report of one measurement by itself, and say where it is."""
    from eval.report.assembly import of_run, publish
    from eval.report.store import begin
    from eval.report.view import show_report_files

    folder = begin(session.home, run.name, "", resume=False)
    folder.keep(run, result, browsed)
    show_report_files(
        session, publish(session.home, folder, of_run(folder.name, run, session.settings), session.language)
    )
