"""``traboule access``: emergencies and their review, protected records and the right to them, what patients
oppose. Each change is in the audit before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from rag.store.database import Database
    from rag.store.people.access import AccessStore
    from rag.store.people.audit_entries import AuditNote

access = typer.Typer(
    help="Emergencies, protected records, oppositions. / Urgences, dossiers protégés, oppositions.",
    no_args_is_help=True,
)
Patient = Annotated[str, typer.Option("--patient", help="A patient id.")]
Kind = Annotated[
    Literal["psychiatry", "genetics", "staff"], typer.Option("--kind", help="Why it is protected.")
]
Use = Annotated[
    Literal["research", "ai"],
    typer.Option("--use", help="research: researchers and evaluation sets; ai: language models."),
]
Remove = Annotated[bool, typer.Option("--remove", help="Take it back.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(access, name="access")


@access.command("emergencies")
def emergencies(
    context: typer.Context,
    unreviewed: Annotated[bool, typer.Option("--unreviewed", help="Only what waits for review.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List emergency accesses, the latest first."""
    session = start(context, home, config)
    with _opened(session) as (store, note, _):
        found = store.emergencies(open_only=unreviewed)
        note("emergency_list", [(one.patient_id, "") for one in found])
    if as_json:
        print_json({"count": len(found), "emergencies": [asdict(one) for one in found]})
        return
    for one in found:
        verdict = one.verdict or session.say("access.unreviewed")
        console().print(
            f"{one.emergency_id}  {one.opened_at}  {one.name}  {one.patient_id}  {verdict}\n    {one.reason}",
            markup=False,
        )
    if not found:
        console().print(session.say("access.no_emergencies"))


@access.command("review")
def review(
    context: typer.Context,
    emergency_id: Annotated[str, typer.Argument(metavar="ID")],
    verdict: Annotated[Literal["justified", "unjustified"], typer.Option("--verdict")],
    remark: Annotated[str, typer.Option("--remark", help="Why.")] = "",
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say whether an emergency was one; what is not justified ends at once."""
    from rag.cli.audited import system_account
    from rag.store.people.access import told

    session = start(context, home, config)
    with _opened(session) as (store, note, _):
        found = store.emergency(emergency_id)
        detail = {**told(found), "verdict": verdict}
        note("emergency_review", [(found.patient_id, "")], "allowed", detail)
        store.review(emergency_id, system_account(), verdict, remark[:1000])
    console().print(session.say("users.done"))


@access.command("protect")
def protect(
    context: typer.Context,
    patient: Patient,
    kind: Kind,
    doc: Annotated[str, typer.Option("--doc", help="Only this document; else the whole record.")] = "",
    remove: Remove = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Mark a record, or a document, as one that needs an extra right."""
    session = start(context, home, config)
    with _opened(session) as (store, note, _):
        note("unprotect" if remove else "protect", [(patient, doc)], "allowed", {"kind": kind})
        (store.unprotect if remove else store.protect)(patient, doc, kind)
    console().print(session.say("users.done"))


@access.command("right")
def right(
    context: typer.Context,
    kind: Kind,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Instead of an account: a group.")] = None,
    remove: Remove = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Let an account, or a group, read what is protected so, within the patients it may read."""
    from rag.store.people.accounts import AccountStore

    if (name is None) == (group is None):
        raise UsageError("users_allow_whom")
    session = start(context, home, config)
    with _opened(session) as (store, note, database):
        whom = (
            f"group:{group}" if name is None else f"account:{AccountStore(database).named(name).account_id}"
        )
        action = "right_revoke" if remove else "right_grant"
        note(action, [], "allowed", {"subject": whom, "kind": kind})
        (store.revoke_right if remove else store.grant_right)(whom, kind)
    console().print(session.say("users.done"))


@access.command("oppose")
def oppose(
    context: typer.Context,
    patient: Patient,
    use: Use,
    remove: Remove = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Note that a patient opposes research, or the use of language models, on the record."""
    session = start(context, home, config)
    with _opened(session) as (store, note, _):
        action = "opposition_withdraw" if remove else "opposition"
        note(action, [(patient, "")], "allowed", {"use": use})
        (store.withdraw if remove else store.oppose)(patient, use)
    console().print(session.say("users.done"))


@access.command("list")
def list_(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """List what is protected and what is opposed."""
    from rag.store.people.access import PURPOSES

    session = start(context, home, config)
    with _opened(session) as (store, note, _):
        marks = store.protections()
        opposed = {purpose: sorted(store.opposed(purpose)) for purpose in PURPOSES}
        named = {mark.patient_id for mark in marks} | {one for ids in opposed.values() for one in ids}
        note("access_list", [(patient, "") for patient in sorted(named)])
    if as_json:
        print_json({"protections": [asdict(mark) for mark in marks], "oppositions": opposed})
        return
    for mark in marks:
        console().print(f"{mark.kind}  {mark.patient_id}  {mark.doc_id}", markup=False)
    for purpose, patients in opposed.items():
        for patient in patients:
            console().print(f"{session.say('access.opposes')} {purpose}  {patient}", markup=False)


@contextmanager
def _opened(session: Session) -> Iterator[tuple[AccessStore, AuditNote, Database]]:
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.store.people.access import AccessStore

    with open_registry(session.settings, session.home) as registry:
        database = registry.store.database
        yield AccessStore(database), noting(session, database), database
