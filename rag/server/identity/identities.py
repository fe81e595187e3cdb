"""Turns credentials into callers: passwords into sessions, session keys and tokens into callers with their
scope.

What is wrong with credentials is never told apart: unknown, expired, closed and locked are one refusal.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from rag.access import Scope
from rag.core.errors import UsageError
from rag.server.http.refusals import NotSignedIn
from rag.server.identity import passwords
from rag.server.identity.callers import PERMISSIONS, Caller, Via
from rag.server.identity.claims import Identity
from rag.server.identity.oidc import Oidc
from rag.server_settings import ServerSettings
from rag.store.people.access import AccessStore
from rag.store.people.accounts import Account, AccountStore, NewAccount, Role, SessionRecord, digest_of_secret

FIRST_ADMIN = "admin"
_REMEMBERED_S = 1.0
"""How long a caller is remembered: within it, a closed account or a lost patient may still be served."""
_REMEMBERED = 4096
_FREE_ATTEMPTS, _FIRST_LOCK_S, _LONGEST_LOCK_S = 5, 30.0, 900.0
_TOUCH_S = 60.0


class Identities:
    """Everything that may sign in to one home."""

    def __init__(
        self, accounts: AccountStore, settings: ServerSettings, clock: Callable[[], float] = time.time
    ) -> None:
        self.oidc = None if settings.oidc is None else Oidc(settings.oidc, clock)
        self._accounts, self._settings, self._clock = accounts, settings, clock
        self._remembered: dict[str, tuple[float, Caller]] = {}
        self.access = AccessStore(accounts.database, clock)

    def first_admin(self) -> str | None:
        """Make the first administrator where there is no account, and return the password, which serves once;
        else None.
        """
        if not self._accounts.is_empty():
            return None
        password = passwords.one_time_password()
        self._accounts.add(NewAccount(FIRST_ADMIN, "admin", passwords.digest(password), all_patients=True))
        return password

    def sign_in(self, name: str, password: str, patients: Iterable[str] | None = None) -> tuple[str, Caller]:
        """Open a session and return its key with the caller; ``patients`` narrows it to those in care now.

        Raises:
            NotSignedIn: name and password do not fit, or too many attempts were made.
        """
        account, now = self._accounts.find(name), self._clock()
        fits = passwords.matches(password, account.password if account else None)
        if account is None or account.disabled or now < account.locked_until:
            raise NotSignedIn("sign_in_refused")
        if not fits:
            self._count_failure(account, now)
            raise NotSignedIn("sign_in_refused")
        if account.failures:
            self._accounts.note_attempt(account.account_id, 0, 0.0)
        if account.password is not None and passwords.is_outdated(account.password):
            self._accounts.renew_digest(account.account_id, account.password, passwords.digest(password))
        narrowed = None if patients is None else tuple(sorted(set(patients)))
        return self.open_session(
            SessionRecord(account.account_id, None, narrowed, secrets.token_urlsafe(24), now, self._end(now))
        )

    def sign_in_as(self, identity: Identity) -> tuple[str, Caller]:
        """Open a session for whom the identity provider has let in."""
        now = self._clock()
        record = SessionRecord(
            identity.account_id, asdict(identity), None, secrets.token_urlsafe(24), now, self._end(now)
        )
        return self.open_session(record)

    def open_session(self, record: SessionRecord) -> tuple[str, Caller]:
        """Keep a session; return its key and the caller."""
        key = self._accounts.open_session(record)
        return key, self.by_session(key)

    def sign_out(self, key: str) -> None:
        """End a session."""
        self._accounts.close_session(key)
        self._remembered.pop(digest_of_secret(key), None)

    def change_password(self, caller: Caller, current: str, new: str) -> None:
        """Choose another password; every session of the account ends.

        Raises:
            NotSignedIn: the current one is wrong, or too many wrong ones were given.
            UsageError: the new one is too short, too long, easy to guess or the same.
        """
        account, now = self._accounts.get(caller.account_id), self._clock()
        fits = passwords.matches(current, account.password if account else None)
        if account is None or account.disabled or now < account.locked_until:
            raise NotSignedIn("sign_in_refused")
        if not fits:
            self._count_failure(account, now)
            raise NotSignedIn("sign_in_refused")
        if current == new:
            raise UsageError("password_same")
        chosen = passwords.checked(new, (account.name, account.display_name))
        self._accounts.set_password(account.account_id, passwords.digest(chosen), must_change=False)
        self._remembered.clear()

    def forget_scopes(self) -> None:
        """Forget what callers may read: the next request of each looks anew."""
        self._remembered.clear()

    def by_session(self, key: str) -> Caller:
        """Return the caller of a session. Raises ``NotSignedIn``."""
        return self._recalled(key, lambda: self._of_session(key))

    def by_token(self, secret: str) -> Caller:
        """Return the caller of a token. Raises ``NotSignedIn``."""
        return self._recalled(secret, lambda: self._of_token(secret))

    def of_session_anew(self, key: str) -> Caller:
        """Return the caller of a session as the database has it now. Raises ``NotSignedIn``."""
        return self._of_session(key)

    def of_token_anew(self, secret: str) -> Caller:
        """Return the caller of a token as the database has it now. Raises ``NotSignedIn``."""
        return self._of_token(secret)

    def _of_session(self, key: str) -> Caller:
        record, now = self._accounts.session(key), self._clock()
        if (
            record is None
            or now >= record.expires_at
            or now - record.used_at > 60 * self._settings.idle_minutes
        ):
            raise NotSignedIn("not_signed_in")
        if now - record.used_at > _TOUCH_S:
            self._accounts.touch_session(key, now)
        if record.identity is not None:
            return replace(self._of_identity(_identity(record.identity)), csrf=record.csrf)
        caller = self._of_account(self._accounts.get(record.account_id), "session", record.patients)
        return replace(caller, csrf=record.csrf)

    def _of_token(self, secret: str) -> Caller:
        if self.oidc is not None and secret.count(".") == 2:
            return self._of_identity(self.oidc.identity(secret))
        record = self._accounts.token(secret)
        if record is None or (record.expires_at is not None and self._clock() >= record.expires_at):
            raise NotSignedIn("not_signed_in")
        return self._of_account(self._accounts.get(record.account_id), "token", record.patients)

    def _of_account(self, account: Account | None, via: Via, narrowed: Iterable[str] | None) -> Caller:
        if account is None or account.disabled:
            raise NotSignedIn("not_signed_in")
        granted = (
            None if account.all_patients else self._accounts.patients_of(account.account_id, account.groups)
        )
        return Caller(
            account_id=account.account_id,
            name=account.name,
            role=account.role,
            permissions=PERMISSIONS[account.role],
            scope=self._scope(
                account.account_id,
                account.groups,
                account.role,
                narrowed_patients(granted, None if narrowed is None else self._accounts.surviving(narrowed)),
            ),
            via=via,
            display_name=account.display_name,
            must_change=account.must_change and via == "session",
        )

    def _of_identity(self, identity: Identity) -> Caller:
        granted = self._accounts.patients_of(identity.account_id, identity.groups) | self._accounts.surviving(
            identity.patients
        )
        return Caller(
            account_id=identity.account_id,
            name=identity.name,
            role=identity.role,
            permissions=PERMISSIONS[identity.role],
            scope=self._scope(
                identity.account_id,
                identity.groups,
                identity.role,
                None if identity.all_patients else granted,
            ),
            via="oidc",
            display_name=identity.display_name,
        )

    def _scope(
        self, account_id: str, groups: Iterable[str], role: Role, granted: frozenset[str] | None
    ) -> Scope:
        """Return what care gives, with what emergencies add and what protections and oppositions bar."""
        barred = self.access.barred(account_id, groups, for_research=role == "researcher")
        if granted is not None and "emergency" in PERMISSIONS[role]:
            granted |= self.access.opened_by(account_id)
        return Scope(granted, barred_patients=barred.patients, barred_docs=barred.docs)

    def _count_failure(self, account: Account, now: float) -> None:
        failures = account.failures + 1
        over = failures - _FREE_ATTEMPTS
        locked_until = now + min(_LONGEST_LOCK_S, _FIRST_LOCK_S * 2.0**over) if over >= 0 else 0.0
        self._accounts.note_attempt(account.account_id, failures, locked_until)

    def _recalled(self, secret: str, find: Callable[[], Caller]) -> Caller:
        digest, now = digest_of_secret(secret), self._clock()
        known = self._remembered.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        caller = find()
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (now + _REMEMBERED_S, caller)
        return caller

    def _end(self, now: float) -> float:
        return now + 3600 * self._settings.session_hours


def _identity(stored: Mapping[str, Any]) -> Identity:
    return Identity(**{**stored, "groups": tuple(stored["groups"]), "patients": tuple(stored["patients"])})


def narrowed_patients(
    granted: frozenset[str] | None, narrowed: Iterable[str] | None
) -> frozenset[str] | None:
    """Return the patients granted (None: all) that are also among those of the session or token (None: not
    narrowed).
    """
    if narrowed is None:
        return granted
    return frozenset(narrowed) if granted is None else granted & frozenset(narrowed)
