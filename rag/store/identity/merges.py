"""Which ids stand for one patient: from an id that is no longer used to the one that took its place, step by
step.

A step is added when the identity desk confirms a proposal and taken away when it reverses it; steps of one id
follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import Connection, delete, insert, or_, select

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.records import utc_now
from rag.store.tables import merges

_C = merges.c
Reason = Literal["merge", "identity"]


def followed(steps: Mapping[str, str], patient_id: str) -> str:
    """Return where the steps from an id end."""
    seen = {patient_id}
    while (further := steps.get(patient_id)) is not None and further not in seen:
        seen.add(patient_id := further)
    return patient_id


class MergeStore:
    """Steps between ids, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def steps(self) -> dict[str, str]:
        """Return the id that took the place of each id that is no longer used, the first step alone."""
        with self.database.read() as connection:
            return {row.old_id: row.new_id for row in connection.execute(select(_C.old_id, _C.new_id))}

    def survivors(self) -> dict[str, str]:
        """Return the surviving id of every id that is no longer used."""
        steps = self.steps()
        return {old: followed(steps, old) for old in steps}

    def survivor(self, patient_id: str) -> str:
        """Return the id under which a patient's documents are."""
        return self.surviving([patient_id])[patient_id]

    def surviving(self, patient_ids: Iterable[str]) -> dict[str, str]:
        """Return the id under which the documents of each of these patients are."""
        asked = frozenset(patient_ids)
        steps: dict[str, str] = {}
        with self.database.read() as connection:
            waiting = set(asked)
            while waiting:
                found: dict[str, str] = {}
                for part in batches(waiting):
                    rows = connection.execute(select(_C.old_id, _C.new_id).where(_C.old_id.in_(part)))
                    found |= {row.old_id: row.new_id for row in rows}
                steps |= found
                waiting = set(found.values()) - steps.keys()
        return {patient_id: followed(steps, patient_id) for patient_id in asked}

    def aliases(self, patient_ids: Iterable[str]) -> frozenset[str]:
        """Return these ids and every id whose documents are under the same."""
        asked = frozenset(patient_ids)
        ends = frozenset(self.surviving(asked).values())
        return asked | ends | {old for old, new in self.survivors().items() if new in ends}

    def forget(self, patient_ids: Iterable[str]) -> int:
        """Erase every step that names one of these patients; count them."""
        with self.database.write() as connection:
            gone = (
                delete(merges).where(or_(_C.old_id.in_(part), _C.new_id.in_(part)))
                for part in batches(patient_ids)
            )
            return sum(connection.execute(statement).rowcount for statement in gone)


def add_step(connection: Connection, old_id: str, new_id: str, reason: Reason, source_uri: str) -> None:
    """Note that ``new_id`` takes the place of ``old_id``."""
    row = {
        "old_id": old_id,
        "new_id": new_id,
        "reason": reason,
        "source_uri": source_uri,
        "recorded_at": utc_now(),
    }
    connection.execute(insert(merges).values(**row))


def remove_step(connection: Connection, old_id: str) -> None:
    """Take back that another id took the place of this one."""
    connection.execute(delete(merges).where(_C.old_id == old_id))
