"""What is known of every input file: what it was when it was last read, and why it could not be read.

A failed reading never hides what an earlier, good one made visible. Reasons are message keys with file names,
ids and numbers: no patient text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.records import InputRecord, utc_now
from rag.store.tables import inputs

_C = inputs.c


class InputStore:
    """The last reading of each input file, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, uri: str) -> InputRecord | None:
        """Return the last reading of a file, None where it was never read."""
        with self.database.read() as connection:
            row = connection.execute(select(inputs).where(_C.uri == uri)).one_or_none()
        return None if row is None else _record(row)

    def put(self, record: InputRecord) -> None:
        """Write the last reading of a file over the one before. ``updated_at`` is set here."""
        self.put_all([record])

    def put_all(self, records: Sequence[InputRecord]) -> None:
        """Write the last readings of files over those before, all of them or none."""
        if not records:
            return
        now = utc_now()
        with self.database.write() as connection:
            for part in batches(record.uri for record in records):
                connection.execute(delete(inputs).where(_C.uri.in_(part)))
            connection.execute(insert(inputs), [_row(record, now) for record in records])

    def failures(self) -> Iterator[InputRecord]:
        """Yield the files whose last reading failed, by ascending address."""
        with self.database.read() as connection:
            rows = connection.execute(select(inputs).where(_C.status == "failed").order_by(_C.uri)).all()
        yield from map(_record, rows)

    def under(self, prefix: str) -> tuple[str, ...]:
        """Return the files whose address begins so."""
        with self.database.read() as connection:
            found = connection.scalars(
                select(_C.uri).where(_C.uri.startswith(prefix, autoescape=True)).order_by(_C.uri)
            )
            return tuple(
                uri for uri in found if uri.startswith(prefix)
            )  # LIKE takes capitals for small letters on SQLite

    def of_patient(self, patient_id: str) -> tuple[str, ...]:
        """Return the files whose last reading named this patient."""
        with self.database.read() as connection:
            return tuple(
                connection.scalars(select(_C.uri).where(_C.patient_id == patient_id).order_by(_C.uri))
            )

    def delete(self, uris: Iterable[str]) -> int:
        """Forget the readings of files; count those that were known."""
        with self.database.write() as connection:
            return sum(
                connection.execute(delete(inputs).where(_C.uri.in_(part))).rowcount for part in batches(uris)
            )


def _row(record: InputRecord, now: str) -> dict[str, Any]:
    return {
        "uri": record.uri,
        "digest": record.digest,
        "fingerprint": record.fingerprint,
        "status": record.status,
        "documents": record.documents,
        "patient_id": record.patient_id,
        "problem": record.problem,
        "variables": dict(record.variables),
        "updated_at": now,
    }


def _record(row: Row[Any]) -> InputRecord:
    return InputRecord(
        uri=row.uri,
        digest=row.digest,
        fingerprint=row.fingerprint,
        status=row.status,
        documents=row.documents,
        patient_id=row.patient_id,
        problem=row.problem,
        variables=dict(row.variables),
        updated_at=row.updated_at,
    )
