"""``traboule facts`` and ``traboule timeline``: what a patient's record states, and the care pathway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.filters import DateFrom, DateTo, check_dates
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.clinical.record.conflicts import RecordConflict
    from rag.core.facts import Fact, Period
    from rag.record import Pathway, Quoted

Patient = Annotated[str, typer.Option("--patient", help="Whose record. / Dossier de quel patient.")]
Concepts = Annotated[
    list[str] | None,
    typer.Option("--concept", help="Only this concept; may be repeated. / Seulement ce concept."),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only this kind of fact; may be repeated. / Seulement ce genre de fait."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("facts")(facts)
    app.command("timeline")(timeline)


def facts(
    context: typer.Context,
    patient: Patient,
    concept: Concepts = None,
    kind: Kinds = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what a record states, each with its source. / Montrer ce qu'un dossier énonce, avec sa source."""
    from rag.access import Scope
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.record import RecordReader
    from rag.record_json import facts_json

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        reader = RecordReader(registry.store, Scope.everything(), session.language)
        found = reader.facts(patient, concepts=_set(concept), kinds=_set(kind))
        read = ((one.fact.patient_id, one.fact.doc_id) for one in found)
        noting(session, registry.store.database)("facts", [(patient, ""), *read])
    if as_json:
        print_json(facts_json(patient, found).to_json())
        return
    _show_facts(session, patient, found)


def timeline(
    context: typer.Context,
    patient: Patient,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    kind: Kinds = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show the care pathway of a patient. / Montrer le parcours de soins d'un patient."""
    from rag.access import Scope
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.record import RecordReader
    from rag.record_json import pathway_json

    session = start(context, home, config)
    check_dates(date_from, date_to)
    with open_registry(session.settings, session.home) as registry:
        pathway = RecordReader(registry.store, Scope.everything(), session.language).pathway(
            patient, date_from, date_to, _set(kind)
        )
        read = [(patient, doc_id) for event in pathway.events for doc_id in event.doc_ids]
        noting(session, registry.store.database)("timeline", [(patient, ""), *read])
    if as_json:
        print_json(pathway_json(patient, pathway).to_json())
        return
    _show_pathway(session, patient, pathway)


def _set(values: list[str] | None) -> frozenset[str] | None:
    return frozenset(values) if values else None


def _show_facts(session: Session, patient: str, found: tuple[Quoted, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not found:
        out.print(session.say("record_view.no_facts", patient=patient))
        return
    table = Table(box=None, header_style="bold")
    for column in ("date", "kind", "what", "value", "status", "quote", "document"):
        table.add_column(session.say(f"record_view.column_{column}"), overflow="fold")
    for one in sorted(
        found, key=lambda one: (one.fact.kind, _when(one.fact.at) or one.fact.recorded_at or "")
    ):
        fact = one.fact
        said = [
            _when(fact.at),
            session.say(f"record_view.kind_{fact.kind}"),
            one.name,
            fact.value_text,
            _status(session, fact),
        ]
        table.add_row(*map(Text, (*said, _short(one.quotes[0]), fact.doc_id)))
    out.print(table)
    out.print(session.say("record_view.fact_total", count=len(found)), style="dim")


def _show_pathway(session: Session, patient: str, pathway: Pathway) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not pathway.events:
        out.print(session.say("record_view.no_facts", patient=patient))
        return
    table = Table(box=None, header_style="bold")
    for column in ("date", "kind", "what", "document"):
        table.add_column(session.say(f"record_view.column_{column}"), overflow="fold")
    for event in pathway.events:
        cells = (
            _when(event.at),
            session.say(f"record_view.kind_{event.kind}"),
            event.title,
            ", ".join(event.doc_ids),
        )
        table.add_row(*map(Text, cells))
    out.print(table)
    for conflict in pathway.conflicts:
        out.print(Text(_conflict(session, conflict), style="yellow"))
    coverage = pathway.coverage
    counts = {
        "documents": coverage.documents.documents_searched,
        "pages": coverage.pages_without_text,
        "failed": len(coverage.failed),
    }
    out.print(
        session.say("record_view.coverage", copied=f"{coverage.copied_share:.0%}", **counts), style="dim"
    )


def _conflict(session: Session, conflict: RecordConflict) -> str:
    from rag.clinical.record.names import name_of

    named = " ≠ ".join(
        f"{name_of(fact, session.language)} {fact.value_text or fact.side or fact.status}".strip()
        for fact in conflict.facts
    )
    return session.say(f"record_view.conflict_{conflict.why}", facts=named)


def _status(session: Session, fact: Fact) -> str:
    words = [session.say(f"record_view.status_{fact.status}")] if fact.status else []
    words += [session.say(f"record_view.assertion_{fact.assertion}")] if fact.assertion != "present" else []
    words += [session.say(f"record_view.side_{fact.side}")] if fact.side else []
    return ", ".join(words)


def _when(period: Period | None) -> str:
    if period is None:
        return ""
    if period.start == period.end:
        return period.start or ""
    return f"{period.start or '…'} → {period.end or '…'}"


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
