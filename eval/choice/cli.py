"""``traboule eval choice``: multiple-choice questions, with the product's evidence and without."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.runs.view import setup_of
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Options, console, print_json, start

_DONE_WITH_FAILURES = 3


def choice(
    context: typer.Context,
    questions: Annotated[
        list[Path],
        typer.Option("--questions", metavar="FILE", help="Questions with options; may be repeated."),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--form",
            metavar="FORM",
            help="How the file is written: mirage, pubmedqa, french_medmcqa or jsonl.",
        ),
    ] = "jsonl",
    corpus: Annotated[
        Path | None,
        typer.Option("--corpus", metavar="PATH", help="What is searched; pubmedqa brings its own abstracts."),
    ] = None,
    no_context: Annotated[
        bool, typer.Option("--no-context", help="Search nothing; the model chooses alone.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="A fixed draw of N questions.")
    ] = None,
    choices: Annotated[
        Path | None, typer.Option("--choices", metavar="FILE", help="Where the choices go, one a line.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the choices file of an interrupted run.")
    ] = False,
    with_report: Annotated[bool, typer.Option("--report", help="Write a report of it, too.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> int:
    """Have the model choose among options, with evidence and without. / Mesurer des questions à choix
    multiples.
    """
    from eval.choice.report import browsed_choices, choice_json, choice_run
    from eval.choice.run import ChoicePlan, run_choice
    from eval.report.cli import write_report
    from eval.report.view import show_gains, show_run
    from eval.runs.homes import kept_under

    session = start(context, home, config)
    options: Options = context.obj
    kept = kept_under(home or options.home)
    outcome = run_choice(
        setup_of(session),
        ChoicePlan(questions, form, corpus, not no_context, limit, sample, kept, choices, resume),
    )
    run = choice_run("choice", outcome)
    if with_report:
        write_report(session, run, choice_json(run, outcome), browsed_choices(outcome))
    if as_json:
        print_json(choice_json(run, outcome))
    else:
        show_run(session, run)
        show_gains(session, run)
        console().print(session.say("eval.answers_saved", file=outcome.file), style="dim", soft_wrap=True)
    return _DONE_WITH_FAILURES if outcome.has_failures else 0
