"""Who read what, and when: written before anything is shown, never with a word of a document.

Entries that arrive together are written together: one thread writes for all who wait, so that many readers
cost one flush of the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from sqlalchemy import insert, select

from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.people.tables import audit
from rag.store.records import utc_now

Outcome = Literal["allowed", "denied"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One access of one caller to one patient's documents, or to none (``patient_id`` None: literature,
    lists, sign-in).
    """

    account_id: str
    name: str
    via: str
    action: str
    request_id: str
    outcome: Outcome = "allowed"
    patient_id: str | None = None
    doc_ids: tuple[str, ...] = ()
    at: str = field(default_factory=utc_now)


class AuditNote(Protocol):
    """Writes to the audit what a caller is about to be shown, or was denied."""

    def __call__(
        self, action: str, found: Iterable[tuple[str | None, str]], outcome: Outcome = "allowed"
    ) -> None:
        """Write an action with pairs of a patient (None: literature) and a document, or whatever else has an
        id.
        """


class AuditLog:
    """The audit of a home. Entries are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: list[AuditEntry] = []
        self._written, self._number = 0, 0
        self._is_writing = False
        self._changed = threading.Condition()
        self._failure: tuple[int, Exception] | None = None

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Write entries; they are on the disk when this returns.

        Raises:
            StorageError: they could not be written; what they speak of must then not be shown.
        """
        if not entries:
            return
        with self._changed:
            self._gathered.extend(entries)
            self._number += len(entries)
            mine = self._number
            self._changed.wait_for(lambda: self._written >= mine or not self._is_writing)
            if self._written >= mine:
                self._raise_if_failed(mine)
                return
            batch, self._gathered = self._gathered, []
            upto, self._is_writing = self._number, True
        try:
            self._insert(batch)
            failure = None
        except Exception as error:
            failure = error
        with self._changed:
            self._is_writing = False
            self._written = upto
            if failure is not None:
                self._failure = (upto, failure)
            self._changed.notify_all()
        if failure is not None:
            raise failure

    def entries(
        self, *, patient_id: str | None = None, account: str | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Return the latest entries first, of one patient, under every id that is joined to the one asked, or
        of one account's name.
        """
        statement = select(audit).order_by(audit.c.entry.desc()).limit(limit)
        if patient_id is not None:
            ids = sorted(MergeStore(self._database).aliases([patient_id]))
            statement = statement.where(audit.c.patient_id.in_(ids))
        if account is not None:
            statement = statement.where(audit.c.name == account)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def _insert(self, batch: Sequence[AuditEntry]) -> None:
        with self._database.write() as connection:
            connection.execute(
                insert(audit), [{**asdict(entry), "doc_ids": list(entry.doc_ids)} for entry in batch]
            )

    def _raise_if_failed(self, mine: int) -> None:
        if self._failure is not None and mine <= self._failure[0]:
            raise self._failure[1]


def _entry(row: Any) -> AuditEntry:
    values = {name: getattr(row, name) for name in AuditEntry.__dataclass_fields__}
    return AuditEntry(**{**values, "doc_ids": tuple(row.doc_ids)})
