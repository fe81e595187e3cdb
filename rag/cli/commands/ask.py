"""``traboule ask``: one cited answer, streamed on a terminal."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.filters import DateFrom, DateTo, KindOption, PatientOption, filters_from
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.home import OpenHome
    from rag.pipeline import Question


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask")(ask)


def ask(
    context: typer.Context,
    question: Annotated[
        str,
        typer.Argument(metavar="Q", help="A question, in French or English; - reads it from standard input."),
    ],
    patient: PatientOption = None,
    language: Annotated[
        Literal["fr", "en"] | None, typer.Option("--language", help="Language of the answer.")
    ] = None,
    no_llm: Annotated[
        bool, typer.Option("--no-llm", help="Facts and the documents' own words, at once: the default.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Have the language model write the answer.")] = False,
    with_literature: Annotated[
        bool, typer.Option("--with-literature", help="With --patient: articles too.")
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Show every extract looked at, and what was withheld.")
    ] = False,
    kind: KindOption = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Answer a question in cited sentences. / Répondre à une question par des phrases citées."""
    from rag.build import open_home
    from rag.core.errors import UsageError
    from rag.pipeline import Question, checked_question

    if write and no_llm:
        raise UsageError("ask_write_or_quote")
    session = start(context, home, config)
    text = checked_question(sys.stdin.read() if question == "-" else question)
    filters = filters_from(patient, kind, date_from, date_to, None, literature=with_literature)
    with open_home(session.settings, session.home) as opened:
        answer_one(
            session,
            opened,
            Question(text, language, filters),
            use_llm=False if no_llm else True if write else None,
            as_json=as_json,
            details=details,
        )


def answer_one(
    session: Session,
    opened: OpenHome,
    question: Question,
    *,
    use_llm: bool | None,
    as_json: bool,
    details: bool = False,
) -> None:
    """Ask and show one answer, as JSON or as it comes; its evidence is in the audit before it is shown."""
    from rag.cli.answer_view import AnswerView
    from rag.cli.audited import noted_events, noting
    from rag.clinical.language import language_of
    from rag.contract import answer_json
    from rag.core.types import Done

    note = noting(session, opened.store.database)
    spoken = question.language or language_of(question.text) or session.language
    view = None if as_json else AnswerView(replace(session, language=spoken), console(), details=details)
    stream = opened.pipeline().stream(question, use_llm=use_llm)
    for event in noted_events(stream, note, session.settings.models_told(use_llm)):
        if view is not None:
            view.show(event)
        elif isinstance(event, Done):
            print_json(answer_json(event.answer).to_json())
