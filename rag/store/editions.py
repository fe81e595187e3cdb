"""Which visible documents are editions of one record: found by the numbers that records give themselves, the
sets that editions share, and the records that they say they replace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.tables import documents, link_keys

RECORD_ID, RECORD_SET, ORDER_SET = "record_id", "record_set", "order_set"
"""What a record is called; what its editions share; what versions of an order share, of which each replaces
only the results that it carries.
"""
REPLACES, COMPLETES = "replaces_record", "completes_record"
"""Records that a document stands in for, and those that it adds to."""
ORIGINAL, REPLACEMENT, ADDENDUM, EDITION = "original", "replacement", "addendum", "edition"


@dataclass(frozen=True, slots=True)
class EditionKey:
    """One number that joins a document to its editions; ``role`` says what the document is to it."""

    key: str
    value: str
    role: str


def edition_keys(metadata: Mapping[str, str]) -> list[EditionKey]:
    """Return the numbers in the metadata of a document; several of one kind stand apart by spaces."""
    own = set(metadata.get(RECORD_ID, "").split())
    kinds = (
        (RECORD_SET, RECORD_SET, EDITION),
        (ORDER_SET, ORDER_SET, EDITION),
        (RECORD_ID, RECORD_ID, ORIGINAL),
        (COMPLETES, RECORD_ID, ADDENDUM),
        (REPLACES, RECORD_ID, REPLACEMENT),
    )
    return [
        EditionKey(key, value, role)
        for name, key, role in kinds
        for value in metadata.get(name, "").split()
        if role in (ORIGINAL, EDITION) or value not in own
    ]


@dataclass(frozen=True, slots=True)
class EditionStore:
    """Looks editions up in one home."""

    database: Database

    def sharing(self, keys: Iterable[EditionKey], patient_id: str | None) -> dict[str, list[EditionKey]]:
        """Return the visible documents of a patient that share one of these numbers, each with those it has
        of them.
        """
        wanted = {(one.key, one.value) for one in keys}
        on = (documents.c.doc_id == link_keys.c.doc_id) & (documents.c.revision == link_keys.c.revision)
        owner = (
            documents.c.patient_id.is_(None) if patient_id is None else documents.c.patient_id == patient_id
        )
        columns = (link_keys.c.doc_id, link_keys.c.key, link_keys.c.value, link_keys.c.role)
        found: dict[str, list[EditionKey]] = {}
        with self.database.read() as connection:
            for part in batches(sorted({value for _, value in wanted})):
                statement = (
                    select(*columns)
                    .select_from(link_keys.join(documents, on))
                    .where(link_keys.c.value.in_(part), documents.c.status == "ready", owner)
                    .order_by(link_keys.c.doc_id)
                )
                for row in connection.execute(statement):
                    if (row.key, row.value) in wanted:
                        found.setdefault(row.doc_id, []).append(EditionKey(row.key, row.value, row.role))
        return found

    def add_replaced(self, doc_id: str, revision: str, record_ids: Iterable[str]) -> None:
        """Note that a visible version also stands in for these records: those that a record it replaces
        replaced.
        """
        with self.database.write() as connection:
            known = set(
                connection.scalars(
                    select(link_keys.c.value).where(
                        link_keys.c.doc_id == doc_id,
                        link_keys.c.revision == revision,
                        link_keys.c.key == RECORD_ID,
                    )
                )
            )
            rows = [
                {
                    "doc_id": doc_id,
                    "revision": revision,
                    "key": RECORD_ID,
                    "value": value,
                    "role": REPLACEMENT,
                }
                for value in sorted(set(record_ids) - known)
            ]
            if rows:
                connection.execute(link_keys.insert(), rows)
