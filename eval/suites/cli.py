"""``traboule eval suite`` and ``gate``: what a suite or a report must reach."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from eval.datasets.cli import DataOption
from eval.runs.cli import DONE_WITH_FAILURES, MISSED, LimitOption, NoLlmOption, WorkersOption, kept_folder
from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start


def suite(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A bundled suite, or a .toml file.")],
    no_llm: NoLlmOption = False,
    limit: LimitOption = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="A fixed draw of N items of every run.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last unfinished run of this suite.")
    ] = False,
    data: DataOption = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="DIR", help="Keep indexes of collections here for the next run."),
    ] = None,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Run a declared suite and write its report; exit code 1 where a threshold is missed. / Lancer une suite
    déclarée.
    """
    from eval.report.assembly import of_suite, publish
    from eval.report.store import begin
    from eval.report.view import show_report_files, show_run
    from eval.suites.declaration import load_suite, suite_label
    from eval.suites.identity import suite_identity
    from eval.suites.run import SuiteOptions, run_suite
    from eval.suites.view import show_missed

    session = start(context, home, config)
    declared, folder = load_suite(name)
    options = SuiteOptions(not no_llm, limit, kept_folder(context, home), data, cache, workers, sample)
    kept = begin(
        session.home, name, suite_identity(setup_of(session), declared, folder, options), resume=resume
    )
    outcome = run_suite(setup_of(session), declared, folder, options, kept)
    files = publish(
        session.home,
        kept,
        of_suite(kept.name, suite_label(name), declared, outcome, session.settings),
        session.language,
    )
    if as_json:
        print_json(
            {"suite": name, **outcome.to_json(), "report": {kind: str(path) for kind, path in files.items()}}
        )
    else:
        for part in outcome.parts.values():
            show_run(session, part.run)
        show_report_files(session, files)
    show_missed(session, name, outcome.missed, len(outcome.applied))
    return MISSED if outcome.missed else DONE_WITH_FAILURES if outcome.has_failures else 0


def gate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A report: its folder or its report.json.")],
    suite_name: Annotated[
        str | None,
        typer.Option("--suite", metavar="NAME", help="Thresholds of this suite, not the report's own."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Exit with 1 where a report misses a threshold. / Échouer si un rapport n'atteint pas un seuil."""
    from eval.report.store import load_report
    from eval.suites.gate import gated
    from eval.suites.view import show_missed

    session = start(context, home, config)
    loaded = load_report(folder)
    name, below, count = gated(loaded, suite_name)
    if as_json:
        print_json(
            {
                "report": loaded.name,
                "suite": name,
                "passed": not below,
                "missed": [asdict(item) for item in below],
            }
        )
    show_missed(session, name, below, count)
    return MISSED if below else 0
