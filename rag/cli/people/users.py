"""``traboule users``: who may sign in, whom they may read, their tokens. Each change is in the audit before
it is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start
from rag.core.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from rag.store.people.accounts import Account, AccountStore
    from rag.store.people.audit_entries import AuditNote

_DAY_S = 86_400
NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
Patients = Annotated[list[str] | None, typer.Option("--patient", help="A patient id; may be repeated.")]
users = typer.Typer(help="Accounts of the server. / Les comptes du serveur.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users, name="users")


@users.command("add")
def add(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[Literal["clinician", "researcher", "service", "admin"], typer.Option("--role")],
    display_name: Annotated[str, typer.Option("--display-name", help="As the page shows it.")] = "",
    all_patients: Annotated[bool, typer.Option("--all-patients", help="May read every patient.")] = False,
    patient: Patients = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="A group of patients; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Make an account and print its one-time password; a service signs in by token alone."""
    from rag.store.people.accounts import NewAccount

    session = start(context, home, config)
    password, stored = (None, None) if role == "service" else _new_password()
    with _accounts(session) as (accounts, note):
        made = accounts.add(NewAccount(name, role, stored, display_name, all_patients, tuple(group or ())))
        granted = [(one, "") for one in patient or ()]
        note("account_add", granted, "allowed", {"account": made.account_id, "role": role})
        accounts.grant(f"account:{made.account_id}", patient or ())
    _show_secret(session, as_json, "users.added", made.name, "one_time_password", password)


@users.command("list")
def list_(
    context: typer.Context, as_json: JsonOption = False, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """List the accounts."""
    session = start(context, home, config)
    with _accounts(session) as (accounts, note):
        note("account_list", [])
        found = [_described(accounts, account) for account in accounts.all()]
    if as_json:
        print_json({"count": len(found), "accounts": found})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("name", "role", "patients", "groups", "disabled"):
        table.add_column(session.say(f"users.column_{column}"), overflow="fold")
    for one in found:
        patients, groups = one["patients"], one["groups"]
        assert isinstance(patients, list | None)
        assert isinstance(groups, list)
        shown = session.say("users.all") if patients is None else str(len(patients))
        table.add_row(
            str(one["name"]), str(one["role"]), shown, ", ".join(groups), "✗" if one["disabled"] else ""
        )
    console().print(table)


@users.command("disable")
def disable(
    context: typer.Context, name: NameArgument, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """Close an account: it is signed out and its tokens are refused."""
    _set_disabled(start(context, home, config), name, disabled=True)


@users.command("enable")
def enable(
    context: typer.Context, name: NameArgument, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """Open a closed account."""
    _set_disabled(start(context, home, config), name, disabled=False)


@users.command("reset")
def reset(
    context: typer.Context,
    name: NameArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Give an account a new one-time password."""
    session, (password, stored) = start(context, home, config), _new_password()
    with _accounts(session) as (accounts, note):
        account = accounts.named(name)
        note("account_reset", [], "allowed", {"account": account.account_id})
        accounts.set_password(account.account_id, stored, must_change=True)
    _show_secret(session, as_json, "users.reset", account.name, "one_time_password", password)


@users.command("allow")
def allow(
    context: typer.Context,
    patient: Annotated[list[str], typer.Option("--patient", help="A patient id; may be repeated.")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    group: Annotated[
        str | None, typer.Option("--group", help="Instead of an account: a group of patients.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take it back.")] = False,
    date_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    date_until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Let an account, or a group, read patients."""
    if (name is None) == (group is None):
        raise UsageError("users_allow_whom")
    session = start(context, home, config)
    with _accounts(session) as (accounts, note):
        subject = f"group:{group}" if name is None else f"account:{accounts.named(name).account_id}"
        action = "care_revoke" if remove else "care_grant"
        first, last = (one.date().isoformat() if one else None for one in (date_from, date_until))
        detail = {
            "subject": subject,
            **({"from": first} if first else {}),
            **({"until": last} if last else {}),
        }
        note(action, [(one, "") for one in patient], "allowed", detail)
        if remove:
            accounts.revoke(subject, patient)
        else:
            accounts.grant(subject, patient, first, last)
    console().print(session.say("users.done"))


@users.command("token")
def token(
    context: typer.Context,
    name: NameArgument,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Days until it ends.")] = 90,
    patient: Patients = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a bearer token for the API and print it, once; --patient narrows it."""
    session = start(context, home, config)
    with _accounts(session) as (accounts, note):
        account = accounts.named(name)
        token_id, secret = accounts.make_token(
            account.account_id, label[:200], time.time() + days * _DAY_S, patient
        )
        made: dict[str, str | int] = {"account": account.account_id, "token": token_id, "days": days}
        note("token_make", [(one, "") for one in patient or ()], "allowed", made)
    _show_secret(session, as_json, "users.token", token_id, "token", secret)


@users.command("tokens")
def tokens(
    context: typer.Context,
    name: NameArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List the tokens of an account, without their secrets."""
    session = start(context, home, config)
    with _accounts(session) as (accounts, note):
        note("token_list", [])
        found = accounts.tokens_of(accounts.named(name).account_id)
    if as_json:
        print_json({"count": len(found), "tokens": [asdict(one) for one in found]})
        return
    for one in found:
        end = time.strftime("%Y-%m-%d", time.gmtime(one.expires_at)) if one.expires_at else "–"
        console().print(f"{one.token_id}  {end}  {one.label}")


@users.command("revoke")
def revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(metavar="TOKEN_ID")],
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Remove a token."""
    session = start(context, home, config)
    with _accounts(session) as (accounts, note):
        note("token_revoke", [], "allowed", {"token": token_id[:40]})
        if not accounts.drop_token(token_id):
            raise UsageError("token_not_found", token_id=token_id[:40])
    console().print(session.say("users.done"))


@contextmanager
def _accounts(session: Session) -> Iterator[tuple[AccountStore, AuditNote]]:
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.store.people.accounts import AccountStore

    with open_registry(session.settings, session.home) as registry:
        yield AccountStore(registry.store.database), noting(session, registry.store.database)


def _new_password() -> tuple[str, str]:
    """A one-time password and its digest."""
    try:
        from rag.server.identity import passwords
    except ImportError as error:
        raise ConfigurationError("extra_missing", extra="server") from error
    password = passwords.one_time_password()
    return password, passwords.digest(password)


def _described(accounts: AccountStore, account: Account) -> dict[str, object]:
    patients = (
        None if account.all_patients else sorted(accounts.patients_of(account.account_id, account.groups))
    )
    shown = ("name", "display_name", "role", "disabled", "must_change", "created_at")
    return {
        **{name: getattr(account, name) for name in shown},
        "groups": list(account.groups),
        "patients": patients,
    }


def _set_disabled(session: Session, name: str, *, disabled: bool) -> None:
    with _accounts(session) as (accounts, note):
        account_id = accounts.named(name).account_id
        note("account_disable" if disabled else "account_enable", [], "allowed", {"account": account_id})
        accounts.set_disabled(account_id, disabled)
    console().print(session.say("users.done"))


def _show_secret(
    session: Session, as_json: bool, key: str, name: str, field: str, secret: str | None
) -> None:
    if as_json:
        print_json({"name" if field == "one_time_password" else "token_id": name, field: secret})
    elif secret is None:
        console().print(session.say("users.added_service", name=name))
    else:
        console().print(session.say(key, name=name, secret=secret), soft_wrap=True, markup=False)
