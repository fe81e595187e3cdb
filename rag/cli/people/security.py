"""What a security officer would ask of a home and its settings: ``traboule doctor --security``. Nothing is
changed; what cannot be known from here says where to look.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from rag.cli.session import Session

if TYPE_CHECKING:
    from rag.store.database import Database

State = Literal["ok", "note", "bad"]
Found = tuple[str, State, str]
"""Subject, state and text."""
_PROBE = "from rag.ingest.parsing.process.confinement import confine; print(*sorted(confine()))"
_SECRETS = frozenset({"api_key", "client_secret", "url"})


def security(session: Session) -> Iterator[Found]:
    """Yield the findings, those that need no home first."""
    yield from _reached(session)
    yield from _sent(session)
    yield from _secrets(session)
    yield _confined(session)
    yield "encryption", "note", session.say("security.encryption")
    yield from _registry(session)


def _reached(session: Session) -> Iterator[Found]:
    """Who reaches the server, and how."""
    from ipaddress import ip_address

    limits = session.settings.server
    https = (limits.public_url or "").startswith("https:")
    try:
        is_here = ip_address(limits.host).is_loopback
    except ValueError:
        is_here = limits.host == "localhost"
    if limits.public_url is None and is_here:
        yield "access", "ok", session.say("security.loopback")
    elif https:
        yield "access", "ok", session.say("security.https", url=limits.public_url)
    else:
        yield "access", "bad", session.say("security.no_https", host=limits.host)
    if limits.public_url is not None and limits.trusted_proxies is None:
        yield "access", "note", session.say("security.no_proxies")
    if limits.oidc is None:
        yield "access", "note", session.say("security.no_provider")


def _sent(session: Session) -> Iterator[Found]:
    """What leaves this machine because the settings say so."""
    settings = session.settings
    urls = {
        "llm": settings.llm.base_url if settings.llm.kind == "openai" else None,
        "embedder": settings.embedder.base_url if settings.embedder.kind == "openai" else None,
        "index": settings.index.url if settings.index.kind == "server" else None,
        "traces": settings.server.traces_url,
    }
    told = {name: urlsplit(url) for name, url in urls.items() if url}
    for name, parts in told.items():
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        state: State = "note" if local or parts.scheme == "https" else "bad"
        key = "security.sent" if state == "note" else "security.sent_open"
        yield "outside", state, session.say(key, what=name, host=parts.hostname or "?")
    if not told:
        yield "outside", "ok", session.say("security.nothing_sent")


def _secrets(session: Session) -> Iterator[Found]:
    """Secrets written into the settings file."""
    path = session.home / "traboule.toml"
    if not path.is_file():
        return
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    held = sorted(_held(tables, ""))
    if held:
        yield "secrets", "note", session.say("security.secrets_in_file", names=", ".join(held), file=path)
    else:
        yield "secrets", "ok", session.say("security.secrets_ok")


def _held(table: dict[str, object], before: str) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _held(value, f"{before}{name}.")
        elif name in _SECRETS and isinstance(value, str) and (name != "url" or "@" in value):
            yield f"{before}{name}"


def _confined(session: Session) -> Found:
    """What the system keeps a process that parses from."""
    command = [sys.executable, "-c", _PROBE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    held = done.stdout.split()
    if {"network", "files"} <= set(held):
        return "parsers", "ok", session.say("security.confined")
    return "parsers", "note", session.say("security.unconfined", held=", ".join(held) or "–")


def _registry(session: Session) -> Iterator[Found]:
    """The audit and who may do what, where there is a home."""
    from rag.build import open_registry

    if not session.home.exists():
        return
    with open_registry(session.settings, session.home) as registry:
        database = registry.store.database
        yield from _audit(session, database)
        yield from _people(session, database)


def _audit(session: Session, database: Database) -> Iterator[Found]:
    from rag.build import open_audit

    settings = session.settings.audit
    verdict = open_audit(session.settings, session.home, database).verify()
    if verdict.faults:
        yield "audit", "bad", session.say("audit.broken")
    else:
        yield "audit", "ok", session.say("security.audit_whole", entries=verdict.entries)
    if settings.anchor_dir is None and settings.syslog is None:
        yield "audit", "note", session.say("security.anchors_beside")
    if settings.keep_days is None:
        yield "audit", "note", session.say("security.audit_for_ever")


def _people(session: Session, database: Database) -> Iterator[Found]:
    from rag.store.people.access import PURPOSES, AccessStore
    from rag.store.people.accounts import AccountStore

    accounts, access = AccountStore(database), AccessStore(database)
    people = [one for one in accounts.all() if not one.disabled]
    everything = [one.name for one in people if one.all_patients]
    admins = [one.name for one in people if one.role == "admin"]
    endless = [
        one.name
        for one in people
        if any(token.expires_at is None for token in accounts.tokens_of(one.account_id))
    ]
    told = {"count": len(people), "admins": ", ".join(admins) or "–", "all": ", ".join(everything) or "–"}
    yield "people", "ok", session.say("security.people", **told)
    if endless:
        yield "people", "note", session.say("security.endless_tokens", names=", ".join(endless))
    unreviewed = len(access.emergencies(open_only=True))
    state: State = "note" if unreviewed else "ok"
    yield "people", state, session.say("security.emergencies", count=unreviewed)
    opposed = sum(len(access.opposed(purpose)) for purpose in PURPOSES)
    marks = len(access.protections())
    yield "people", "ok", session.say("security.protected", marks=marks, opposed=opposed)
