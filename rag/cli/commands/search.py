"""``traboule search``: ranked passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.filters import DateFrom, DateTo, KindOption, LanguageOption, PatientOption, filters_from
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.core.types import SearchResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("search")(search)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="Q", help="What to look for, in French or English.")],
    k: Annotated[int | None, typer.Option("-k", min=1, max=1000, help="How many passages.")] = None,
    patient: PatientOption = None,
    kind: KindOption = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Find passages. / Trouver des passages."""
    from rag.build import open_home
    from rag.cli.audited import noting
    from rag.contract import search_json

    session = start(context, home, config)
    filters = filters_from(patient, kind, date_from, date_to, language)
    wanted = k or session.settings.search.k
    with open_home(session.settings, session.home) as opened:
        result = opened.pipeline().search(query, k=wanted, filters=filters)
        passages = ((hit.passage.patient_id, hit.passage.doc_id) for hit in result.hits)
        noting(session, opened.store.database)("search", passages, "allowed", session.settings.models_told())
    if as_json:
        print_json(search_json(result, wanted).to_json())
    else:
        _show(session, result)


def _show(session: Session, result: SearchResult) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from rag.cli.marks import marks

    out = console()
    for hit in result.hits:
        passage = hit.passage
        facts = [
            passage.kind,
            passage.patient_id or "",
            passage.authored_at or "",
            " > ".join(passage.section),
        ]
        mark = marks(session, passage.evidence_level, passage.retracted, passage.derived)
        out.print(
            Text.assemble(
                (f"{hit.rank:>2}  ", "bold"),
                mark,
                (passage.title, "bold cyan"),
                (f"  {hit.score:.3f}", "dim"),
            )
        )
        out.print(Text("    " + " · ".join(fact for fact in facts if fact), style="dim"))
        out.print(Padding(Text(passage.text), (0, 0, 1, 4)))
    if not result.hits:
        out.print(session.say("search.nothing"))
    out.print(
        Text(
            session.say("search.timing", hits=len(result.hits), total=result.timings_ms.get("total", 0.0)),
            style="dim",
        )
    )
