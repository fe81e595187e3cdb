"""``traboule eval verify``: labelled pairs through the verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.report.cli import write_report
from eval.runs.cli import ReportOption
from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start


def verify(
    context: typer.Context,
    pairs: Annotated[
        Path, typer.Option("--pairs", metavar="FILE", help='Lines {"premise", "claim"[, "label": 0 or 1]}.')
    ],
    form: Annotated[
        str, typer.Option("--form", help="How the file is written: pairs, or the name of a public set.")
    ] = "pairs",
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Score how far premises support claims. / Mesurer la vérification."""
    from eval.datasets.declarations import checksum
    from eval.verify.run import run_verify
    from eval.verify.view import show_verification

    session = start(context, home, config)
    report = run_verify(setup_of(session), [pairs], form)
    if with_report:
        from eval.verify.report import browsed_pairs, verify_run

        run = verify_run("verify", report, {"pairs": checksum([pairs.expanduser()])})
        write_report(session, run, report.to_json(), browsed_pairs(report))
    if as_json:
        print_json(report.to_json())
    else:
        show_verification(session, report)
