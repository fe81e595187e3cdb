"""``traboule audit``: who read what; whether the record of it is whole; what of it is unusual."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from rag.store.database import Database
    from rag.store.people.audit_entries import AuditEntry

_PAGE = 1000
_BROKEN = 1
_FIELDS = (
    "entry",
    "at",
    "name",
    "account_id",
    "via",
    "address",
    "action",
    "outcome",
    "patient_id",
    "doc_ids",
    "request_id",
    "detail",
)
audit = typer.Typer(help="Who read what. / Qui a lu quoi.", invoke_without_command=True)
PatientOption = Annotated[
    str | None, typer.Option("--patient", help="Only accesses to this patient, under every joined id.")
]
AccountOption = Annotated[str | None, typer.Option("--account", help="Only accesses of this account.")]
BeforeOption = Annotated[
    int | None, typer.Option("--before", min=1, help="Only entries with a lower number: the next page.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")


@audit.callback()
def latest(
    context: typer.Context,
    patient: PatientOption = None,
    account: AccountOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show who read what, the latest first. / Qui a lu quoi, le plus récent d'abord."""
    if context.invoked_subcommand is not None:
        return
    from rag.build import open_audit, open_registry

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        log = open_audit(session.settings, session.home, registry.store.database)
        found = log.entries(patient_id=patient, account=account, limit=limit)
    if as_json:
        print_json({"count": len(found), "entries": [asdict(entry) for entry in found]})
        return
    for entry in found:
        ids = " ".join(entry.doc_ids)
        console().print(
            f"{entry.at}  {entry.name}  {entry.action}  {entry.outcome}  {entry.patient_id or '–'}  {ids}",
            soft_wrap=True,
            markup=False,
        )


@audit.command("verify")
def verify(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> int:
    """Check that nothing was changed, removed or added. / Vérifier que rien n'a été changé, ôté ni ajouté."""
    from rag.build import open_audit, open_registry
    from rag.cli.audited import noting

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        verdict = open_audit(session.settings, session.home, registry.store.database).verify()
        outcome = {"faults": len(verdict.faults), "entries": verdict.entries}
        if verdict.holds:  # a broken chain is left as it is found, for whoever examines it
            noting(session, registry.store.database)("audit_verify", [], "allowed", outcome)
    if as_json:
        print_json({"holds": verdict.holds, **asdict(verdict)})
    else:
        counts = {"entries": verdict.entries, "anchors": verdict.anchors, "last": verdict.last}
        console().print(session.say("audit.holds" if verdict.holds else "audit.broken", **counts))
        for fault in verdict.faults:
            console().print(session.say(f"audit.fault_{fault.fault}", entry=fault.entry), soft_wrap=True)
    return 0 if verdict.holds else _BROKEN


@audit.command("export")
def export(
    context: typer.Context,
    patient: PatientOption = None,
    account: AccountOption = None,
    format_: Annotated[Literal["csv", "json"], typer.Option("--format", help="csv or json.")] = "csv",
    before: BeforeOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many entries; without it, all.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Write who read a record, the latest first, as CSV or JSON. / Qui a lu un dossier, en CSV ou JSON."""
    from rag.build import open_registry
    from rag.cli.audited import noting

    if patient is None and account is None:
        raise UsageError("audit_export_whose")
    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        named = [] if patient is None else [(patient, "")]
        noting(session, registry.store.database)("audit_export", named)
        found = list(_pages(session, registry.store.database, patient, account, before, limit))
    if as_json or format_ == "json":
        following = found[-1].entry if limit is not None and len(found) == limit else None
        shown = {"patient_id": patient, "count": len(found), "next_before": following}
        print_json({**shown, "entries": [_shown(entry) for entry in found]})
        return
    rows = csv.DictWriter(sys.stdout, _FIELDS)
    rows.writeheader()
    for entry in found:
        rows.writerow({name: _cell(value) for name, value in _shown(entry).items()})


@audit.command("alerts")
def alerts(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back.")] = 30,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show unusual reading: many patients within an hour, many refusals. / Les lectures inhabituelles."""
    from rag.build import open_audit, open_registry

    session = start(context, home, config)
    since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    with open_registry(session.settings, session.home) as registry:
        log = open_audit(session.settings, session.home, registry.store.database)
        found = log.entries(action="alert", since=since, limit=100_000)
    if as_json:
        print_json({"count": len(found), "alerts": [_shown(entry) for entry in found]})
        return
    for entry in found:
        what = session.say(f"audit.alert_{entry.detail.get('alert')}", count=entry.detail.get("count"))
        who = entry.name if entry.name != "-" else entry.address
        console().print(f"{entry.at}  {who}  {what}", soft_wrap=True, markup=False)
    if not found:
        console().print(session.say("audit.no_alerts", days=days))


@audit.command("prune")
def prune(
    context: typer.Context,
    days: Annotated[
        int | None, typer.Option("--days", min=30, help="Keep the last so many days [audit.keep_days].")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Remove entries whose time is over; the rest still verifies. / Ôter ce dont la durée est passée."""
    from rag.build import open_audit, open_registry
    from rag.cli.audited import noting

    session = start(context, home, config)
    kept = days or session.settings.audit.keep_days
    if kept is None:
        raise UsageError("audit_prune_days")
    before = (datetime.now(UTC) - timedelta(days=kept)).isoformat()
    with open_registry(session.settings, session.home) as registry:
        noting(session, registry.store.database)("audit_prune", [], "allowed", {"days": kept})
        removed = open_audit(session.settings, session.home, registry.store.database).prune(before)
    if as_json:
        print_json({"removed": removed, "days": kept})
    else:
        console().print(session.say("audit.pruned", removed=removed, days=kept))


def _pages(
    session: Session,
    database: Database,
    patient: str | None,
    account: str | None,
    before: int | None,
    limit: int | None,
) -> Iterable[AuditEntry]:
    from rag.build import open_audit

    log, left = open_audit(session.settings, session.home, database), limit
    while left is None or left > 0:
        wanted = _PAGE if left is None else min(_PAGE, left)
        found = log.entries(patient_id=patient, account=account, before=before, limit=wanted)
        yield from found
        if len(found) < wanted:
            return
        before, left = found[-1].entry, None if left is None else left - len(found)


def _shown(entry: AuditEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _FIELDS}


def _cell(value: object) -> object:
    """Return a value for a sheet: a list by spaces, a table as JSON; nothing that a sheet would compute."""
    if isinstance(value, tuple):
        value = " ".join(value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
