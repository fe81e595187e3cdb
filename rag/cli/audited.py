"""The command line in the audit: who ran what on whose documents, written before anything is shown."""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.cli.session import Session

if TYPE_CHECKING:
    from rag.core.types import AnswerEvent
    from rag.store.database import Database
    from rag.store.people.audit_entries import AuditNote, Detail, Outcome

ACCOUNT = "cli"
"""Stands for whoever may run commands on the home; the name is that of the system's account."""


def noting(session: Session, database: Database) -> AuditNote:
    """Return what writes to the audit of an open home for this run of a command."""
    from rag.build import open_audit
    from rag.store.people.audit_entries import Accessor

    log = open_audit(session.settings, session.home, database)
    accessor = Accessor(ACCOUNT, system_account(), "cli", secrets.token_hex(8))

    def note(
        action: str,
        found: Iterable[tuple[str | None, str]],
        outcome: Outcome = "allowed",
        detail: Detail | None = None,
    ) -> None:
        log.write(accessor.entries(action, found, outcome, detail))

    return note


def noted_events(events: Iterable[AnswerEvent], note: AuditNote, models: Detail) -> Iterator[AnswerEvent]:
    """Pass the events of an answer on, its evidence once it is in the audit with the models that see it."""
    from rag.core.types import EvidenceFound

    for event in events:
        if isinstance(event, EvidenceFound):
            passages = (item.scored.passage for item in event.evidence)
            note("ask", ((one.patient_id, one.doc_id) for one in passages), "allowed", models)
        yield event


def system_account() -> str:
    """Return the name of the system's account, or its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else "?"
