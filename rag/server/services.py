"""Everything a served home works with: one home, open, with the queue, the threads and the stores of the
server.

Routes never see it: documents are behind ``Reading``, signing in is behind ``Entrance``, the state of the
process behind ``Probes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import Request

from rag.build import open_audit
from rag.home import OpenHome
from rag.server.answers.questions import Questions
from rag.server.answers.turns import Turns
from rag.server.erasures import ErasureWatch
from rag.server.identity.identities import Identities
from rag.server.identity.refused import RefusedCredentials
from rag.server.identity.strangers import Budget, Strangers
from rag.server.identity.veil import Veil, veil_of
from rag.server.monitoring.metrics import Metrics
from rag.server.monitoring.traces import Traces, traces_to
from rag.server.threads import Threads
from rag.server.uploads.inbox import Inbox
from rag.settings import Settings
from rag.store.people.accounts import AccountStore
from rag.store.people.audit import AuditLog
from rag.store.people.audit_entries import Accessor
from rag.store.people.conversations import ConversationStore

_LOOKUPS_AT_ONCE = 2
_PASSWORDS_WAITING, _PASSWORDS_NICENESS = 16, 10
"""Checking a password takes 64 MB and every core for a tenth of a second: one at a time, a few may wait, and
readers go first.
"""
_PROVIDER_WAITING = 50
_KNOCKS_AT_ONCE, _KNOCKS_A_MINUTE = 100, 600
"""Of one address, without credentials or with wrong ones."""


@dataclass(frozen=True, slots=True)
class Services:
    """One home, served. ``threads`` run searches and readings, ``signing`` looks sessions and tokens up,
    ``passwords`` checks and makes passwords, ``provider`` waits for the identity provider.
    """

    settings: Settings
    home: Path
    opened: OpenHome
    demo: bool
    threads: Threads
    signing: Threads
    passwords: Threads
    provider: Threads
    accounts: AccountStore
    identities: Identities
    conversations: ConversationStore
    audit: AuditLog
    inbox: Inbox
    metrics: Metrics
    traces: Traces
    questions: Questions
    refused: RefusedCredentials
    strangers: Strangers
    veil: Veil

    @property
    def https(self) -> bool:
        """Tell whether browsers reach the server over HTTPS."""
        return (self.settings.server.public_url or "").startswith("https:")

    @property
    def cookie(self) -> str:
        """Return the name of the session cookie; over HTTPS one that browsers let no neighbour domain set."""
        return "__Host-traboule" if self.https else "traboule"

    def close(self) -> None:
        """Give up what is being answered and wait for the threads. The home is closed by whoever opened
        it.
        """
        self.inbox.close()
        self.questions.close()
        self.threads.close()
        self.passwords.close()
        self.provider.close()
        self.signing.close()
        self.traces.close()


@contextmanager
def serving(settings: Settings, home: Path, opened: OpenHome, *, demo: bool = False) -> Iterator[Services]:
    """Serve an open home for the length of a block."""
    with ExitStack() as stack:
        services = _assembled(settings, home, opened, demo)
        stack.callback(services.close)
        stack.callback(ErasureWatch(opened.finish_erasures, services.identities.forget_scopes).close)
        yield services


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services: Services = request.app.state.services
    return services


def _assembled(settings: Settings, home: Path, opened: OpenHome, demo: bool) -> Services:
    limits, database, metrics = settings.server, opened.store.database, Metrics()
    accounts = AccountStore(database)
    services = Services(
        settings=settings,
        home=home,
        opened=opened,
        demo=demo,
        threads=Threads(limits.searches_at_once, limits.waiting_searches, "reading"),
        signing=Threads(_LOOKUPS_AT_ONCE, limits.waiting_searches, "signing"),
        provider=Threads(_LOOKUPS_AT_ONCE, _PROVIDER_WAITING, "provider"),
        passwords=Threads(1, _PASSWORDS_WAITING, "passwords", _PASSWORDS_NICENESS),
        accounts=accounts,
        identities=Identities(accounts, limits),
        conversations=ConversationStore(database),
        audit=open_audit(settings, home, database),
        traces=traces_to(limits.traces_url),
        metrics=metrics,
        questions=Questions(_turns(settings), limits.question_timeout_s),
        inbox=Inbox(opened, home, metrics, limits),
        refused=RefusedCredentials(),
        veil=veil_of(home, opened.store),
        strangers=Strangers(
            Budget(limits.sign_ins_at_once, limits.sign_ins_per_minute),
            Budget(_KNOCKS_AT_ONCE, _KNOCKS_A_MINUTE),
        ),
    )
    _watch(services)
    _begin_audit(services)
    return services


def _begin_audit(services: Services) -> None:
    """Note that the server starts, with the settings it has; remove the entries whose time is over."""
    settings, system = services.settings, Accessor("-", "server", "system", "-")
    services.audit.write(system.entries("serve", (), "allowed", {"settings": settings.fingerprint()}))
    if settings.audit.keep_days is not None:
        before = datetime.now(UTC) - timedelta(days=settings.audit.keep_days)
        if removed := services.audit.prune(before.isoformat()):
            detail = {"days": settings.audit.keep_days, "removed": removed}
            services.audit.write(system.entries("audit_prune", (), "allowed", detail))


def _turns(settings: Settings) -> Turns:
    limits = settings.server
    slots = limits.questions_at_once or (8 if settings.llm.kind == "openai" else 1)
    return Turns(slots, limits.waiting_questions, limits.waiting_per_caller)


def _watch(services: Services) -> None:
    metrics, turns, threads = services.metrics, services.questions.turns, services.threads
    metrics.watch(
        "questions_working", "Questions that use the language model now.", lambda: turns.counts()[0]
    )
    metrics.watch(
        "questions_waiting", "Questions that wait for the language model.", lambda: turns.counts()[1]
    )
    metrics.watch("requests_pending", "Searches and readings that run or wait.", lambda: threads.pending)
