"""``traboule images``: pictures by words, or like a picture, each with the sentence of its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.filters import DateFrom, DateTo, LanguageOption, PatientOption, filters_from
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.core.pictures import ImageHit, ImageResult
    from rag.core.types import Filters
    from rag.home import OpenHome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("images")(images)


def images(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Argument(metavar="[QUESTION]", help="What to look for, in French or English.")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="FILE_OR_DOC", help="A picture file, or the id of a document."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many pictures.")] = 10,
    patient: PatientOption = None,
    modality: Annotated[
        str | None, typer.Option("--modality", help="Only this modality: DX, CT, MR, radiographie…")
    ] = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Find pictures by words or by a picture. / Trouver des images par des mots ou par une image."""
    from rag.build import open_home
    from rag.cli.audited import noting
    from rag.core.errors import UsageError
    from rag.pictures.wire import images_json

    session = start(context, home, config)
    if (question is None) == (like is None):
        raise UsageError("images_one_question")
    filters = filters_from(patient, None, date_from, date_to, language)
    with open_home(session.settings, session.home) as opened:
        opened.mend_pictures()
        found = _found(opened, question, like, k, filters, modality)
        shown = ((hit.entry.patient_id, hit.entry.doc_id) for hit in found.hits)
        noting(session, opened.store.database)("images", shown, "allowed", session.settings.models_told())
    if as_json:
        print_json(images_json(found).to_json())
    else:
        show_images(session, found)


def _found(
    opened: OpenHome, question: str | None, like: str | None, k: int, filters: Filters, modality: str | None
) -> ImageResult:
    pictures = opened.pictures()
    if question is not None:
        return pictures.search(question, k=k, filters=filters, modality=modality)
    assert like is not None
    path = Path(like)
    if path.is_file():
        return pictures.like_file(path.read_bytes(), path.name, k=k, filters=filters, modality=modality)
    return pictures.like_document(like, k=k, filters=filters, modality=modality)


def show_images(session: Session, found: ImageResult) -> None:
    """Print the pictures found, and that nothing of them was interpreted."""
    from rich.text import Text

    out = console()
    for hit in found.hits:
        _show_hit(session, hit)
    out.print(
        session.say("images.nothing") if not found.hits else Text(session.say("images.not_read"), style="dim")
    )
    told = session.say("images.timing", hits=len(found.hits), total=found.timings_ms.get("total", 0.0))
    out.print(Text(told, style="dim"))


def _show_hit(session: Session, hit: ImageHit) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out, entry, report = console(), hit.entry, hit.report
    out.print(
        Text.assemble((f"{hit.rank:>2}  ", "bold"), (entry.title, "bold cyan"), (f"  {hit.score:.3f}", "dim"))
    )
    place = [session.say("images.frame", number=entry.frame + 1)] if entry.frame and not entry.page else []
    place += [session.say("images.page", number=entry.page)] if entry.page else []
    header = [
        entry.modality or entry.modality_group,
        ", ".join(entry.regions),
        entry.projection or entry.view,
    ]
    facts = [*header, entry.side, entry.patient_id or "", entry.authored_at or "", *place, entry.doc_id]
    out.print(Text("    " + " · ".join(fact for fact in facts if fact), style="dim"))
    if report is None:
        said = Text(session.say("images.no_report"), style="dim italic")
    else:
        by = session.say(f"images.by_{report.by}")
        said = Text.assemble(f"« {' '.join(report.quote.split())} »", (f"  {report.doc_id} ({by})", "dim"))
    out.print(Padding(said, (0, 0, 0, 4)))
    told = [f"{session.say(f'images.channel_{name}')} {score:.2f}" for name, score in hit.channels.items()]
    told += [session.say(f"images.reason_{reason}") for reason in hit.reasons]
    out.print(Padding(Text(" · ".join(told), style="dim italic"), (0, 0, 1, 4)))
