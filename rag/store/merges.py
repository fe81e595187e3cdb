"""Which ids stand for one patient: merges that a system announced, and national identities that records name beside the hospital's number.

Rows are flat: an id points to the one that survives, whatever came between. Recording the same again changes nothing.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import delete, insert, or_, select, update

from rag.store.database import Database
from rag.store.records import utc_now
from rag.store.tables import inputs, merges

_C = merges.c
Reason = Literal["merge", "identity"]


class MergeStore:
    """Merged ids, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def survivors(self) -> dict[str, str]:
        """Return the surviving id of every id that is no longer used."""
        with self.database.read() as connection:
            return {row.old_id: row.new_id for row in connection.execute(select(_C.old_id, _C.new_id))}

    def nationals(self) -> dict[str, frozenset[str]]:
        """Return the national identities that records name for each surviving id."""
        found: dict[str, set[str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(select(_C.old_id, _C.new_id).where(_C.reason == "identity")):
                found.setdefault(row.new_id, set()).add(row.old_id)
        return {new_id: frozenset(old_ids) for new_id, old_ids in found.items()}

    def survivor(self, patient_id: str) -> str:
        """Return the id under which a patient's documents are."""
        with self.database.read() as connection:
            return connection.scalar(select(_C.new_id).where(_C.old_id == patient_id)) or patient_id

    def record(self, old_id: str, new_id: str, reason: Reason, source_uri: str) -> None:
        """Note that ``old_id`` is no longer used; what pointed to it points to ``new_id`` from now on.

        ``new_id`` must be a surviving id and other than ``old_id``.
        """
        row = {"old_id": old_id, "new_id": new_id, "reason": reason, "source_uri": source_uri, "recorded_at": utc_now()}
        with self.database.write() as connection:
            connection.execute(update(merges).where(_C.new_id == old_id).values(new_id=new_id))
            connection.execute(delete(merges).where(_C.old_id == old_id))
            connection.execute(insert(merges).values(**row))
            connection.execute(update(inputs).where(inputs.c.patient_id == old_id).values(patient_id=new_id))

    def forget(self, patient_id: str) -> int:
        """Erase every row that names a patient; count them."""
        with self.database.write() as connection:
            return connection.execute(delete(merges).where(or_(_C.old_id == patient_id, _C.new_id == patient_id))).rowcount
