"""``traboule search``: ranked passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.filters import (
    AssertionOption,
    ConceptOption,
    DateFrom,
    DateTo,
    KindOption,
    LanguageOption,
    PatientOption,
    filters_from,
)
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.core.types import ScoredPassage, SearchResult


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
    assertion: AssertionOption = None,
    concept: ConceptOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Find passages. / Trouver des passages."""
    from rag.answer.sought import StatedFilter
    from rag.build import open_home
    from rag.cli.audited import noting
    from rag.contract import search_json

    session = start(context, home, config)
    filters = filters_from(patient, kind, date_from, date_to, language)
    stated = StatedFilter(tuple(assertion or ()), concept or "")
    wanted = k or session.settings.search.k
    with open_home(session.settings, session.home) as opened:
        result = opened.pipeline().search(query, k=wanted, filters=filters, stated=stated)
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
        out.print(Padding(Text(passage.text), (0, 0, 0, 4)))
        out.print(Padding(Text(_why(session, hit), style="dim italic"), (0, 0, 1, 4)))
    if not result.hits:
        out.print(session.say("search.nothing"))
    out.print(
        Text(
            session.say("search.timing", hits=len(result.hits), total=result.timings_ms.get("total", 0.0)),
            style="dim",
        )
    )


def _why(session: Session, hit: ScoredPassage) -> str:
    """Say why a hit stands there: the words it shares, what it states of the things asked, what that did."""
    reason = hit.reason
    if reason is None:
        return ""
    told = [session.say("search.why_words", words=", ".join(reason.words))] if reason.words else []
    for one in reason.states:
        kind = session.say(f"search.assertion_{one.assertion}")
        told.append(f"{one.label} : {kind} « {' '.join(one.quote.split())} »")
    if reason.effect:
        told.append(session.say(f"search.why_{reason.effect}"))
    scores = ", ".join(f"{name} {score:.3f}" for name, score in reason.scores.items())
    told.append(session.say("search.why_scores", scores=scores))
    return " · ".join(told)
