"""Who read what, and when: written before anything is shown, never with a word of a document.

Entries that arrive together are written together: one thread writes for all who wait, so that many readers
cost one flush of the disk. Entries are chained (``audit_chain.py``) and the chain is anchored outside the
database (``anchors.py``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.people.alerts import ReadingWatch
from rag.store.people.anchors import ChainAnchors
from rag.store.people.audit_chain import FIRST_LINK, AuditFault, AuditVerdict, check_chain, link
from rag.store.people.audit_entries import AuditEntry
from rag.store.people.tables import audit

_BATCH = 1000
_log = logging.getLogger(__name__)
_CHAIN_KEY = 0x61756469
"""Names our advisory lock on a PostgreSQL server: one process after the other adds to the chain."""


class AuditLog:
    """The audit of a home. Entries are only ever added, but for those whose time is over."""

    def __init__(
        self, database: Database, anchors: ChainAnchors | None = None, watch: ReadingWatch | None = None
    ) -> None:
        self._database, self._anchors, self._watch = database, anchors, watch
        self._gathered: list[AuditEntry] = []
        self._written, self._number = 0, 0
        self._is_writing = False
        self._watching = threading.Lock()
        self._changed = threading.Condition()
        self._failure: tuple[int, Exception] | None = None

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Write entries; they are on the disk when this returns.

        Raises:
            StorageError: they could not be written; what they speak of must then not be shown.
        """
        if entries:
            self._add(entries)
            self._heed(entries)

    def _add(self, entries: Sequence[AuditEntry]) -> None:
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
        self,
        *,
        patient_id: str | None = None,
        account: str | None = None,
        before: int | None = None,
        since: str | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return the latest entries first, of one patient, under every id that is joined to the one asked, or
        of one account's name; those with a number under ``before``, those since an instant, of an
        action.
        """
        statement = select(audit).order_by(audit.c.entry.desc()).limit(limit)
        if patient_id is not None:
            ids = sorted(MergeStore(self._database).aliases([patient_id]))
            statement = statement.where(audit.c.patient_id.in_(ids))
        if account is not None:
            statement = statement.where(audit.c.name == account)
        if before is not None:
            statement = statement.where(audit.c.entry < before)
        if action is not None:
            statement = statement.where(audit.c.action == action)
        if since is not None:
            statement = statement.where(audit.c.at >= since)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def seal(self, told: Mapping[str, Any]) -> str:
        """Return the signature of a document that this home gives out, with the key of the audit."""
        return "" if self._anchors is None else self._anchors.seal(told)

    def verify(self) -> AuditVerdict:
        """Check that the audit is what was written, whole and in order.

        An entry that is being written while this reads may come after the anchors; it is not judged by them.
        """
        read = self._anchors.read() if self._anchors is not None else None
        digests = read.digests() if read is not None else {}
        base = (read.base() if read is not None else None) or (0, FIRST_LINK)
        first_kept = {number: chains for number, chains in digests.items() if number > base[0]}
        key = self._anchors.known_key(read) if self._anchors is not None and read is not None else None
        verdict = check_chain(self._rows(base[0]), base, first_kept, key)
        if read is None or not read.forged:
            return verdict
        faults = (*verdict.faults, AuditFault(0, "anchor_forged"))
        return AuditVerdict(
            verdict.entries, verdict.first, verdict.last, verdict.anchors, verdict.unanchored, faults
        )

    def prune(self, before: str) -> int:
        """Remove entries older than an instant, and return how many; where the chain now begins is anchored
        first.
        """
        with self._database.read() as connection:
            kept = connection.execute(
                select(audit.c.entry).where(audit.c.at >= before).order_by(audit.c.entry).limit(1)
            ).scalar()
            limit = audit.c.entry < kept if kept is not None else audit.c.entry > 0
            last = connection.execute(
                select(audit.c.entry, audit.c.chain).where(limit).order_by(audit.c.entry.desc()).limit(1)
            ).one_or_none()
        if last is None or kept is None:  # the last entry stays: new ones follow it
            return 0
        if self._anchors is not None:
            self._anchors.rebase(last.entry, last.chain)
        with self._database.write() as connection:
            return connection.execute(delete(audit).where(audit.c.entry <= last.entry)).rowcount

    def _rows(self, after: int) -> Iterator[Mapping[str, Any]]:
        while True:
            statement = select(audit).where(audit.c.entry > after).order_by(audit.c.entry).limit(_BATCH)
            with self._database.read() as connection:
                found = [row._asdict() for row in connection.execute(statement)]
            yield from found
            if len(found) < _BATCH:
                return
            after = found[-1]["entry"]

    def _heed(self, entries: Sequence[AuditEntry]) -> None:
        """Write what is unusual in what was just written."""
        if self._watch is None:
            return
        with self._watching:
            alerts = self._watch.hear(entries)
        for one in alerts:
            facts = {"alert": one.kind, "account": one.account_id, "count": one.count}
            _log.warning("unusual reading: %s", one.kind, extra={"facts": facts})
        told = [
            AuditEntry(
                one.account_id,
                one.name,
                "alert",
                "alert",
                "-",
                address=one.address,
                detail={"alert": one.kind, "count": one.count},
            )
            for one in alerts
        ]
        if told:
            self._add(told)

    def _insert(self, batch: Sequence[AuditEntry]) -> None:
        with self._database.write() as connection:
            last, chain = _end(connection)
            key = None if self._anchors is None else self._anchors.chain_key(last, chain).key
            rows = []
            for number, entry in enumerate(batch, start=last + 1):
                values = {**asdict(entry), "doc_ids": list(entry.doc_ids), "detail": dict(entry.detail)}
                chain = link(chain, {**values, "entry": number}, key)
                rows.append({**values, "entry": number, "chain": chain})
            connection.execute(insert(audit), rows)
        if self._anchors is not None:
            self._anchors.note(last + len(batch), chain)

    def _raise_if_failed(self, mine: int) -> None:
        if self._failure is not None and mine <= self._failure[0]:
            raise self._failure[1]


def _end(connection: Connection) -> tuple[int, str]:
    """Return the number and the digest of the last entry; nobody else adds until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _CHAIN_KEY})
    last = connection.execute(
        select(audit.c.entry, audit.c.chain).order_by(audit.c.entry.desc()).limit(1)
    ).one_or_none()
    return (last.entry, last.chain) if last is not None else (0, FIRST_LINK)


def _entry(row: Any) -> AuditEntry:
    values = {name: getattr(row, name) for name in AuditEntry.__dataclass_fields__}
    return AuditEntry(**{**values, "doc_ids": tuple(row.doc_ids)})
