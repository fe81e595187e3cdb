"""``traboule eval feedback``: from what readers said in use to questions to measure with. A person stands in
between.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from eval.feedback.files import Confirmed, Exported

app = typer.Typer(
    help=(
        "Make questions of what readers said of answers. / Faire des questions de ce que les lecteurs ont"
        " dit."
    ),
    no_args_is_help=True,
)


@app.command("export")
def export_(
    context: typer.Context,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="FILE.jsonl",
            help="The candidates; what is decided there already stays as it is.",
        ),
    ],
    deidentify: Annotated[
        bool,
        typer.Option("--deidentify", help="Blot out who it is about; quotes then stand in no document."),
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the rated answers of the home as candidate questions. / Exporter les réponses notées."""
    from eval.feedback.candidates import candidate
    from eval.feedback.files import export
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.server.identity.veil import veil_of
    from rag.store.erasures import TextCopies
    from rag.store.people.access import AccessStore
    from rag.store.people.ratings import rated_turns

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        database = registry.store.database
        access, veil = AccessStore(database), veil_of(session.home, registry.store)
        opposed = access.opposed("research") | access.opposed("ai")
        rated = (candidate(turn, registry.store.texts) for turn in rated_turns(database))
        fresh = [one for one in rated if one.patient_id not in opposed]
        if deidentify:
            fresh = [veil.value(one, [one.patient_id]) for one in fresh]
        patients = {one.patient_id for one in fresh if one.patient_id is not None}
        doc_ids = {doc_id for one in fresh for doc_id in one.gold_docs}
        noting(session, database)("feedback_export", [(one, "") for one in sorted(patients)])
        TextCopies(database).note(output.expanduser(), "feedback", patients, doc_ids)
    done = export(fresh, output.expanduser())
    _warn(session, "feedback.private", file=done.file)
    if as_json:
        print_json(done.to_json())
    else:
        _show_export(session, done)


@app.command("confirm")
def confirm_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.jsonl", help="Candidates whose status a person has set.")
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="QUESTIONS.jsonl", help="The questions; written anew.")
    ],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the confirmed candidates as questions of `eval answers`. / Faire des questions des candidats
    confirmés.
    """
    from eval.datasets.questions import read_questions
    from eval.feedback.files import confirm
    from rag.build import open_registry
    from rag.store.erasures import TextCopies

    session = start(context, home, config)
    done = confirm(file.expanduser(), output.expanduser())
    made = read_questions([done.file])
    with open_registry(session.settings, session.home) as registry:
        patients = {one.patient_id for one in made if one.patient_id is not None}
        doc_ids = {doc_id for one in made for doc_id in one.gold_docs}
        TextCopies(registry.store.database).note(done.file, "questions", patients, doc_ids)
    _warn(session, "feedback.private", file=done.file)
    if as_json:
        print_json(done.to_json())
    else:
        _show_confirmed(session, done, file)


def _show_export(session: Session, done: Exported) -> None:
    say, out = session.say, console()
    counts = {"new": done.new, "refreshed": done.refreshed, "kept": done.kept}
    out.print(
        say("feedback.exported", file=done.file, items=done.items, **counts), soft_wrap=True, markup=False
    )
    if waiting := done.statuses.get("candidate", 0):
        out.print(say("feedback.to_decide", count=waiting), soft_wrap=True, markup=False)
    if done.said_again:
        _warn(session, "feedback.said_again", count=len(done.said_again), ids=", ".join(done.said_again))
    if done.gone:
        _warn(session, "feedback.gone", count=len(done.gone), ids=", ".join(done.gone))


def _show_confirmed(session: Session, done: Confirmed, file: Path) -> None:
    counts = {"confirmed": done.confirmed, "rejected": done.rejected}
    console().print(session.say("feedback.confirmed", file=done.file, **counts), soft_wrap=True, markup=False)
    if done.candidates:
        _warn(session, "feedback.undecided", file=file, count=done.candidates)


def _warn(session: Session, key: str, **variables: object) -> None:
    """Say something on standard error, so that a JSON document stays alone."""
    console(errors=True).print(session.say(key, **variables), style="yellow", soft_wrap=True, markup=False)
