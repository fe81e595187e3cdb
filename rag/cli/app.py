"""The Typer application: its commands, its global options, and the one place where errors become exit
codes.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.commands import (
    ask,
    demo,
    doctor,
    documents,
    forget,
    identities,
    images,
    ingest,
    quarantine,
    record,
    search,
    serve,
    sync,
)
from rag.cli.people import access, audit, cohort, users
from rag.cli.session import Options
from rag.cli.upkeep import backup, models
from rag.core.errors import TrabouleError, exit_code
from rag.messages import message, user_language

app = typer.Typer(
    name="traboule",
    help=(
        "Clinical search: short answers, each sentence cited. Recherche clinique : des réponses courtes,"
        " citées phrase par phrase."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def globals_(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of index, database, sources and models [$TRABOULE_HOME].")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings file instead of traboule.toml in the home.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the log.")] = False,
) -> None:
    """Hold the options that every command shares."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        stream=sys.stderr,
        format="%(levelname)s %(name)s %(message)s",
    )
    context.obj = Options(home, config)


for module in (
    demo,
    models,
    ingest,
    sync,
    backup,
    search,
    ask,
    images,
    documents,
    record,
    forget,
    identities,
    quarantine,
    serve,
    users,
    access,
    cohort,
    audit,
    doctor,
):
    module.register(app)


for plugin in entry_points(group="traboule.commands"):
    plugin.load()(app)


def run() -> None:
    """Run the application; end the process with the exit code of the contract."""
    try:
        result = app(standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except TrabouleError as error:
        _complain(error.describe(user_language()))
        sys.exit(exit_code(error))
    except typer.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last net: one line for the user, the trace only with --verbose
        _fail(error)


def _fail(error: Exception) -> None:
    """End on an error that is not ours: the parser's own, told as one line like every other, else something
    unforeseen.
    """
    explain = getattr(error, "format_message", None)
    if (
        type(error).__name__ == "NoArgsIsHelpError"
    ):  # a private class of the parser; it has shown the help already
        sys.exit(2)
    if explain is not None:
        command = getattr(getattr(error, "ctx", None), "command_path", "traboule")
        _complain(
            message("errors.command_line", user_language(), reason=explain().rstrip("."), command=command)
        )
        sys.exit(2)
    logging.getLogger(__name__).info("unexpected failure", exc_info=error)
    _complain(message("errors.unexpected", user_language(), kind=type(error).__name__))
    sys.exit(1)


def _complain(line: str) -> None:
    sys.stderr.write(" ".join(line.split()) + "\n")
