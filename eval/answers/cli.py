"""``traboule eval answers``: every question of a file, asked and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.report.cli import write_report
from eval.runs.cli import (
    DONE_WITH_FAILURES,
    LimitOption,
    NoLlmOption,
    ReportOption,
    WorkersOption,
    kept_folder,
)
from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, print_json, start


def answers(
    context: typer.Context,
    corpus: Annotated[
        Path, typer.Option("--corpus", metavar="PATH", help="A file or folder; anything that ingest takes.")
    ],
    questions: Annotated[
        list[Path],
        typer.Option(
            "--questions", metavar="FILE", help="Questions, one JSON object a line; may be repeated."
        ),
    ],
    no_llm: NoLlmOption = False,
    limit: LimitOption = None,
    answers_file: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Where the answers go, one a line.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the answers file of an interrupted run.")
    ] = False,
    workers: WorkersOption = 1,
    with_report: ReportOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Ask every question and score answers, citations, abstention. / Mesurer les réponses."""
    from eval.answers.run import AnswersPlan, run_answers
    from eval.answers.view import show_answers

    session = start(context, home, config)
    plan = AnswersPlan(
        corpus, questions, not no_llm, limit, kept_folder(context, home), answers_file, resume, workers
    )
    outcome = run_answers(setup_of(session), plan)
    if with_report:
        from eval.answers.report import answers_run, browsed_answers

        write_report(session, answers_run("answers", outcome), outcome.to_json(), browsed_answers(outcome))
    if as_json:
        print_json(outcome.to_json())
    else:
        show_answers(session, outcome)
    return DONE_WITH_FAILURES if outcome.has_failures else 0
