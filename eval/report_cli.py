"""``traboule eval trec``, ``compare``, ``report`` and ``gate``: what is done with results once they are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, print_json, start

if TYPE_CHECKING:
    from eval.report.document import RunJson

_MISSED = 1


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the group."""
    for name, command in (("trec", trec), ("compare", compare_reports), ("report", report), ("gate", gate)):
        app.command(name)(command)


def trec(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Rankings, six columns: query Q0 document rank score name.")],
    qrels: Annotated[Path, typer.Argument(metavar="QRELS", help="Judgements, TREC or BEIR columns.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score the rankings of any system from TREC files. / Mesurer des classements TREC."""
    from eval.runs import score_run
    from eval.view import show_run

    session = start(context, home, config)
    scored = score_run(run, qrels)
    if as_json:
        print_json(
            {
                "run": str(run),
                "queries": scored.n,
                **{metric: found.mean for metric, found in scored.metrics.items()},
                "intervals": {metric: [found.low, found.high] for metric, found in scored.metrics.items()},
                "per_query": {item.id: item.scores for item in scored.items},
                "figures": scored.figures,
            }
        )
    else:
        show_run(session, scored)


def compare_reports(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(metavar="A", help="A report: its folder or its report.json.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The report compared with it.")],
    force: Annotated[bool, typer.Option("--force", help="Compare even where the data differ.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what changed from A to B, and whether it is more than noise. / Comparer deux rapports."""
    from eval.compare import compare
    from eval.report.store import load_report
    from eval.view import show_comparison

    session = start(context, home, config)
    found = compare(load_report(first), load_report(second), force=force)
    if as_json:
        print_json(found.to_json())
    else:
        show_comparison(session, found)


def report(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A report; without it, all of the home are listed.")] = None,
    without_texts: Annotated[
        bool, typer.Option("--without-texts", help="Leave out questions, answers and documents, so that the page can be handed on.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Make the pages of a report again, or list the reports. / Refaire un rapport, ou lister les rapports."""
    from eval.report.assemble import render
    from eval.report.store import ReportFolder, listed, load_report
    from eval.view import show_report_files, show_reports

    session = start(context, home, config)
    if folder is None:
        print_json({"reports": listed(session.home)}) if as_json else show_reports(session, listed(session.home))
        return
    loaded = load_report(folder)
    place = folder if folder.is_dir() else folder.parent
    files = render(ReportFolder(place.expanduser()), loaded, session.language, texts=not without_texts)
    print_json({kind: str(path) for kind, path in files.items()}) if as_json else show_report_files(session, files)


def gate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A report: its folder or its report.json.")],
    suite_name: Annotated[
        str | None, typer.Option("--suite", metavar="NAME", help="Thresholds of this suite, not the report's own.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Exit with 1 where a report misses a threshold. / Échouer si un rapport n'atteint pas un seuil."""
    from eval.gate import gated
    from eval.report.store import load_report
    from eval.view import show_missed

    session = start(context, home, config)
    loaded = load_report(folder)
    name, below, count = gated(loaded, suite_name)
    if as_json:
        print_json({"report": loaded.name, "suite": name, "passed": not below, "missed": [asdict(item) for item in below]})
    show_missed(session, name, below, count)
    return _MISSED if below else 0


def write_report(session: Session, run: RunJson, result: Mapping[str, object], browsed: Iterable[Mapping[str, object]]) -> None:
    """Write the report of one measurement by itself, and say where it is."""
    from eval.report.assemble import of_run, publish
    from eval.report.store import begin
    from eval.view import show_report_files

    folder = begin(session.home, run.name, "", resume=False)
    folder.keep(run, result, browsed)
    show_report_files(session, publish(session.home, folder, of_run(folder.name, run, session.settings), session.language))
