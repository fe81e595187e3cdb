"""Accounts, whom they care for, their tokens and their sessions. Passwords come and go as digests that the
server makes.

Tokens and session keys are random and long, so a plain sha256 of them is stored: whoever reads the database
cannot use what it holds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update

from rag.core.errors import NotFound, UsageError
from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.people.tables import accounts, care, sessions, tokens
from rag.store.records import utc_now

Role = Literal["clinician", "researcher", "service", "admin"]
ROLES: tuple[Role, ...] = ("clinician", "researcher", "service", "admin")
TOKEN_PREFIX = "trb_"  # noqa: S105 - what every token begins with, so that secret scanners find one that leaked
_A = accounts.c


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. ``groups`` are groups of patients; ``locked_until`` is POSIX time; ``password`` is a
    digest or None.
    """

    account_id: str
    name: str
    display_name: str
    role: Role
    password: str | None
    must_change: bool
    all_patients: bool
    groups: tuple[str, ...]
    disabled: bool
    failures: int
    locked_until: float
    created_at: str


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    name: str
    role: Role
    password: str | None
    display_name: str = ""
    all_patients: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token without its secret. ``patients`` narrows the account's scope, None does not; ``expires_at`` is
    POSIX time.
    """

    token_id: str
    account_id: str
    label: str
    patients: tuple[str, ...] | None
    expires_at: float | None
    created_at: str


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A browser that is signed in. ``identity`` is set where an identity provider said who it is."""

    account_id: str
    identity: Mapping[str, object] | None
    patients: tuple[str, ...] | None
    csrf: str
    used_at: float
    expires_at: float


def digest_of_secret(secret: str) -> str:
    """Return what is stored of a token or a session key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class AccountStore:
    """Accounts, care, tokens and sessions, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- accounts

    def add(self, new: NewAccount, *, must_change: bool = True) -> Account:
        """Make an account.

        Raises:
            UsageError: the name is empty, too long or taken.
        """
        name = plain_name(new.name)
        row = {
            "account_id": secrets.token_hex(8),
            "name": name,
            "display_name": new.display_name.strip() or new.name.strip(),
            "role": new.role,
            "password": new.password,
            "must_change": must_change and new.password is not None,
            "all_patients": new.all_patients,
            "groups": sorted(set(new.groups)),
            "disabled": False,
            "failures": 0,
            "locked_until": 0.0,
            "created_at": utc_now(),
        }
        with self.database.write() as connection:
            if connection.scalar(select(_A.account_id).where(_A.name == name)) is not None:
                raise UsageError("account_exists", name=name)
            connection.execute(insert(accounts).values(**row))
        return self.named(name)

    def named(self, name: str) -> Account:
        """Return the account of a name. Raises ``NotFound``."""
        found = self.find(name)
        if found is None:
            raise NotFound("account_not_found", name=name[:80])
        return found

    def find(self, name: str) -> Account | None:
        """Return the account of a name, None where there is none."""
        with self.database.read() as connection:
            row = connection.execute(select(accounts).where(_A.name == name.strip().casefold())).one_or_none()
        return None if row is None else _account(row)

    def get(self, account_id: str) -> Account | None:
        """Return an account by its id."""
        with self.database.read() as connection:
            row = connection.execute(select(accounts).where(_A.account_id == account_id)).one_or_none()
        return None if row is None else _account(row)

    def all(self) -> list[Account]:
        """Return every account, by name."""
        with self.database.read() as connection:
            return [_account(row) for row in connection.execute(select(accounts).order_by(_A.name))]

    def is_empty(self) -> bool:
        """Tell whether there is no account yet."""
        with self.database.read() as connection:
            return not connection.scalar(select(func.count()).select_from(accounts))

    def set_password(self, account_id: str, password: str, *, must_change: bool) -> None:
        """Change a password; whoever is signed in with the old one is signed out."""
        with self.database.write() as connection:
            values = {"password": password, "must_change": must_change, "failures": 0, "locked_until": 0.0}
            connection.execute(update(accounts).where(_A.account_id == account_id).values(**values))
            connection.execute(delete(sessions).where(sessions.c.account_id == account_id))

    def renew_digest(self, account_id: str, before: str, digest: str) -> None:
        """Keep another digest of the same password, unless the password was changed meanwhile."""
        same = (_A.account_id == account_id) & (_A.password == before)
        with self.database.write() as connection:
            connection.execute(update(accounts).where(same).values(password=digest))

    def set_disabled(self, account_id: str, disabled: bool) -> None:
        """Close or open an account; a closed one is signed out everywhere and its tokens are refused."""
        with self.database.write() as connection:
            connection.execute(update(accounts).where(_A.account_id == account_id).values(disabled=disabled))
            if disabled:
                connection.execute(delete(sessions).where(sessions.c.account_id == account_id))

    def note_attempt(self, account_id: str, failures: int, locked_until: float) -> None:
        """Write how many wrong passwords were given in a row, and until when no other is taken."""
        with self.database.write() as connection:
            connection.execute(
                update(accounts)
                .where(_A.account_id == account_id)
                .values(failures=failures, locked_until=locked_until)
            )

    # --- care

    def grant(
        self,
        subject: str,
        patient_ids: Iterable[str],
        date_from: str | None = None,
        date_until: str | None = None,
    ) -> None:
        """Let an account (``account:<id>``) or a group (``group:<name>``) read patients, from a day to a day
        (ISO, UTC, both included; None: without limit).
        """
        rest = {"granted_at": utc_now(), "date_from": date_from, "date_until": date_until}
        with self.database.write() as connection:
            for part in batches(patient_ids):
                connection.execute(delete(care).where(care.c.subject == subject, care.c.patient_id.in_(part)))
                connection.execute(
                    insert(care),
                    [{"subject": subject, "patient_id": patient, **rest} for patient in part],
                )

    def revoke(self, subject: str, patient_ids: Iterable[str]) -> None:
        """Take back what ``grant`` gave, under whatever id of the same patients."""
        ids = MergeStore(self.database).aliases(patient_ids)
        with self.database.write() as connection:
            for part in batches(ids):
                connection.execute(delete(care).where(care.c.subject == subject, care.c.patient_id.in_(part)))

    def patients_of(self, account_id: str, groups: Iterable[str]) -> frozenset[str]:
        """Return the patients granted today to an account or to one of its groups, each by the id that
        survives.
        """
        c, today = care.c, utc_now()[:10]
        counts = and_(
            or_(c.date_from.is_(None), c.date_from <= today),
            or_(c.date_until.is_(None), c.date_until >= today),
        )
        subjects = [f"account:{account_id}", *(f"group:{group}" for group in groups)]
        with self.database.read() as connection:
            found = (
                connection.scalars(select(c.patient_id).where(c.subject.in_(part), counts)).all()
                for part in batches(subjects)
            )
            granted = frozenset(patient for part in found for patient in part)
        return self.surviving(granted)

    def surviving(self, patient_ids: Iterable[str]) -> frozenset[str]:
        """Return the ids under which the documents of these patients are: who may read an id may read what
        took its place.
        """
        return frozenset(MergeStore(self.database).surviving(patient_ids).values())

    # --- tokens

    def make_token(
        self, account_id: str, label: str, expires_at: float | None, patients: Iterable[str] | None = None
    ) -> tuple[str, str]:
        """Make a token; return its id and its secret, which is not stored."""
        secret, token_id = TOKEN_PREFIX + secrets.token_urlsafe(32), secrets.token_hex(6)
        row = {
            "token_id": token_id,
            "account_id": account_id,
            "digest": digest_of_secret(secret),
            "label": label,
            "patients": None if patients is None else sorted(set(patients)),
            "expires_at": expires_at,
            "created_at": utc_now(),
        }
        with self.database.write() as connection:
            connection.execute(insert(tokens).values(**row))
        return token_id, secret

    def token(self, secret: str) -> TokenRecord | None:
        """Return the token of a secret, expired or not; None where there is none."""
        with self.database.read() as connection:
            row = connection.execute(
                select(tokens).where(tokens.c.digest == digest_of_secret(secret))
            ).one_or_none()
        return None if row is None else _token(row)

    def tokens_of(self, account_id: str) -> list[TokenRecord]:
        """Return the tokens of an account, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(tokens).where(tokens.c.account_id == account_id).order_by(tokens.c.created_at)
            ).all()
        return [_token(row) for row in rows]

    def drop_token(self, token_id: str) -> bool:
        """Remove a token; tell whether there was one."""
        with self.database.write() as connection:
            return connection.execute(delete(tokens).where(tokens.c.token_id == token_id)).rowcount > 0

    # --- sessions

    def open_session(self, record: SessionRecord) -> str:
        """Keep a session and return its key, which is not stored. Sessions that ended are removed."""
        key = secrets.token_urlsafe(32)
        row = {
            "digest": digest_of_secret(key),
            "account_id": record.account_id,
            "identity": None if record.identity is None else dict(record.identity),
            "patients": None if record.patients is None else list(record.patients),
            "csrf": record.csrf,
            "used_at": record.used_at,
            "expires_at": record.expires_at,
        }
        with self.database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at < record.used_at))
            connection.execute(insert(sessions).values(**row))
        return key

    def session(self, key: str) -> SessionRecord | None:
        """Return the session of a key, None where there is none."""
        with self.database.read() as connection:
            row = connection.execute(
                select(sessions).where(sessions.c.digest == digest_of_secret(key))
            ).one_or_none()
        if row is None:
            return None
        return SessionRecord(
            row.account_id, row.identity, _tuple(row.patients), row.csrf, row.used_at, row.expires_at
        )

    def touch_session(self, key: str, used_at: float) -> None:
        """Note that a session was used."""
        with self.database.write() as connection:
            connection.execute(
                update(sessions).where(sessions.c.digest == digest_of_secret(key)).values(used_at=used_at)
            )

    def close_session(self, key: str) -> None:
        """End a session."""
        with self.database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest_of_secret(key)))


def plain_name(name: str) -> str:
    """Return a name as it is stored and compared.

    Raises:
        UsageError: it is empty, longer than 80 characters, or has a space or a control character in it.
    """
    plain = name.strip().casefold()
    if not plain or len(plain) > 80 or not plain.isprintable() or " " in plain:
        raise UsageError("account_bad_name")
    return plain


def _account(row: Row[Any]) -> Account:
    return Account(**{**row._asdict(), "groups": tuple(row.groups)})


def _token(row: Row[Any]) -> TokenRecord:
    return TokenRecord(
        row.token_id, row.account_id, row.label, _tuple(row.patients), row.expires_at, row.created_at
    )


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
