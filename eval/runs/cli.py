"""Options and exit codes that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.runs.homes import kept_under
from rag.cli.session import Options

MISSED, DONE_WITH_FAILURES = 1, 3
"""Exit codes: a threshold was missed; done, except for some inputs."""

NoLlmOption = Annotated[
    bool, typer.Option("--no-llm", help="Quote the documents word for word; no language model.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")
]
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers", min=1, max=64, help="Questions asked at once; more than 1 pays with a model server only."
    ),
]
ReportOption = Annotated[bool, typer.Option("--report", help="Write a report of it, too.")]


def kept_folder(context: typer.Context, home: Path | None) -> Path | None:
    """Return where the home of a corpus is kept: in the home that was named with ``--home``; None where none
    was.
    """
    options: Options = context.obj
    return kept_under(home or options.home)
