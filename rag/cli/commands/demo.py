"""``traboule demo``: the whole way on the bundled corpus, in steps that are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rag.cli.commands.ask import answer_one
from rag.cli.commands.images import show_images
from rag.cli.commands.ingest import ingest_paths, show_report
from rag.cli.progress import pull_with_progress
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, start
from rag.core.errors import Unavailable

if TYPE_CHECKING:
    from rag.home import OpenHome

_PATIENT = "DEMO-P02"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """Pull the models, ingest the fictitious corpus, ask, show the cited answer. / La démonstration."""
    from rag.build import open_home
    from rag.core.types import Filters
    from rag.demo import corpus_folder, picture_files
    from rag.pipeline import Question

    session = start(context, home, config)
    out = console(errors=True)
    out.rule(session.say("demo.step_models"))
    pull_models(session)
    corpus, pictures = corpus_folder(), picture_files()
    files = [path for path in corpus.rglob("*") if _is_document(path)]
    out.rule(session.say("demo.step_ingest", documents=len(files) + len(pictures)))
    with open_home(session.settings, session.home, allow_fallback=True, rebuild=True) as opened:
        report = ingest_paths(session, opened, [corpus, *pictures])
        show_report(
            session, report, (opened.store.coverage().documents_searched, opened.store.passage_total())
        )
        out.print(session.say("demo.fictitious"), style="dim")
        out.rule(session.say("demo.step_ask", patient=_PATIENT))
        text = session.say("demo.question")
        out.print(f"\n[bold]{text}[/]")
        filters = Filters.for_patient(_PATIENT, literature=False)
        answer_one(
            session,
            opened,
            Question(text, session.language, filters),
            use_llm=None,
            as_json=as_json,
        )
        if not as_json:
            _show_picture(session, opened)
    out.print(f"\n{session.say('demo.next', home=session.home)}", style="dim")


def pull_models(session: Session) -> bool:
    """Pull the default models; tell whether they are all here. Without them the demonstration goes on and
    says so. The language model, the largest by far, is pulled only where the settings let it write.
    """
    from rag.models.files.manifest import load_manifest

    settings = session.settings
    writes = settings.llm.kind != "none" and settings.answer.mode != "quote"
    try:
        for spec in load_manifest():
            if spec.default and (spec.role != "llm" or writes):
                pull_with_progress(session, spec)
    except Unavailable as error:
        console(errors=True).print(
            session.say("demo.models_missing", reason=error.describe(session.language)), style="yellow"
        )
        return False
    return True


def _show_picture(session: Session, opened: OpenHome) -> None:
    """Find a picture by words, print the sentences of the reports, and lay the first where it can be looked
    at.
    """
    from rag.core.errors import NotFound, ParseError

    out = console(errors=True)
    out.rule(session.say("demo.step_images"))
    text = session.say("demo.images_question")
    out.print(f"\n[bold]{text}[/]")
    found = opened.pictures().search(text, k=3)
    show_images(session, found)
    for hit in found.hits:
        try:
            picture = opened.views.image_png(hit.entry.doc_id, hit.entry.frame)
        except (NotFound, ParseError):  # a figure in a text has no picture of its own
            continue
        path = opened.folder / "demo-picture.png"
        path.write_bytes(picture)
        out.print(session.say("demo.picture_at", rank=hit.rank, path=path), style="dim")
        return


def _is_document(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(".meta.yaml")
