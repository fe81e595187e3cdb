"""Files that callers sent, and what became of them. Rows are kept for a week, and go with what they name when
that is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.people.tables import uploads
from rag.store.records import utc_now

UploadStatus = Literal["queued", "reading", "done"]
UploadFileStatus = Literal["queued", "reading", "added", "updated", "unchanged", "held", "failed"]
_C = uploads.c
ERASED_NAME = "–"
"""In place of the name of a file whose documents were erased."""
_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Told:
    """A message: its key in the catalogue, and its variables."""

    key: str
    variables: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file of an upload. ``staged`` is where it waits, within the folder of the upload."""

    name: str
    size: int
    staged: str
    status: UploadFileStatus = "queued"
    problems: tuple[Told, ...] = ()
    warnings: tuple[Told, ...] = ()
    doc_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """What an uploader may add: documents of these patients (None: all), of no patient (``curate``), of the
    demonstration alone.
    """

    patient_ids: tuple[str, ...] | None
    curate: bool
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """Files sent together, with what the sender declared of all of them."""

    upload_id: str
    account_id: str
    right: Right
    declared: Mapping[str, str]
    status: UploadStatus
    created_at: str
    files: tuple[UploadFile, ...]


class UploadStore:
    """Uploads, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        account_id: str,
        right: Right,
        declared: Mapping[str, str],
        files: Sequence[UploadFile],
        upload_id: str,
    ) -> Upload:
        """Keep an upload that waits to be read; those older than a week are dropped."""
        upload = Upload(upload_id, account_id, right, dict(declared), "queued", utc_now(), tuple(files))
        limit = (datetime.now(UTC) - _KEPT).isoformat(timespec="seconds")
        with self._database.write() as connection:
            connection.execute(delete(uploads).where(_C.created_at < limit, _C.status == "done"))
            connection.execute(insert(uploads).values(**_row(upload)))
        return upload

    def put_file(self, upload_id: str, number: int, file: UploadFile) -> bool:
        """Write what became of one file so far; false where the upload was erased meanwhile."""
        place = _C.upload_id == upload_id
        with self._database.write() as connection:
            files = connection.scalar(select(_C.files).where(place))
            if files is None:
                return False
            changed = [*files[:number], asdict(file), *files[number + 1 :]]
            connection.execute(update(uploads).where(place).values(status="reading", files=changed))
        return True

    def finish(self, upload_id: str) -> None:
        """Write that an upload is read to its end."""
        with self._database.write() as connection:
            connection.execute(update(uploads).where(_C.upload_id == upload_id).values(status="done"))

    def of_account(self, account_id: str) -> list[Upload]:
        """Return an account's uploads, the latest first."""
        return self._all(_C.account_id == account_id)

    def get(self, upload_id: str, account_id: str) -> Upload | None:
        """Return an upload of an account; one of another is not there."""
        found = self._all((_C.upload_id == upload_id) & (_C.account_id == account_id))
        return found[0] if found else None

    def unfinished(self) -> list[Upload]:
        """Return what was not read to its end, the oldest first."""
        return self._all(_C.status != "done")[::-1]

    def forget(self, doc_ids: Iterable[str], patient_id: str | None = None) -> tuple[str, ...]:
        """Drop the uploads that gave these documents or named this patient, those that wait too, and return
        which: names of files speak of patients too.

        Of one that waits with further files, only the names of those that gave the documents go.
        """
        gone, dropped = set(doc_ids), []
        for one in self._all(_C.upload_id.is_not(None)):
            gave = [bool(gone.intersection(file.doc_ids)) for file in one.files]
            if (patient_id is not None and one.declared.get("patient_id") == patient_id) or (
                any(gave) and one.status == "done"
            ):
                dropped.append(one.upload_id)
                continue
            for number, file in enumerate(one.files):
                if gave[number]:
                    nameless = replace(file, name=ERASED_NAME, doc_ids=(), problems=(), warnings=())
                    self.put_file(one.upload_id, number, nameless)
        with self._database.write() as connection:
            of_patient = _C.patient_id == patient_id if patient_id is not None else _C.upload_id.in_([])
            dropped += connection.scalars(select(_C.upload_id).where(of_patient))
            for part in batches(set(dropped)):
                connection.execute(delete(uploads).where(_C.upload_id.in_(part)))
        return tuple(sorted(set(dropped)))

    def count_naming(self, doc_ids: Iterable[str], patients: Iterable[str]) -> int:
        """Return how many uploads name any of these."""
        gone, names = set(doc_ids), set(patients)
        return sum(
            one.declared.get("patient_id") in names
            or any(gone.intersection(file.doc_ids) for file in one.files)
            for one in self._all(_C.upload_id.is_not(None))
        )

    def _all(self, condition: Any) -> list[Upload]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(uploads).where(condition).order_by(_C.created_at.desc(), _C.upload_id)
            ).all()
        return [_upload(row) for row in rows]


def new_upload_id() -> str:
    """Return an id for an upload; a folder may be named by it."""
    return secrets.token_hex(10)


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.upload_id,
        "account_id": upload.account_id,
        "caller": {"right": asdict(upload.right), "declared": dict(upload.declared)},
        "patient_id": upload.declared.get("patient_id"),
        "status": upload.status,
        "created_at": upload.created_at,
        "files": [asdict(file) for file in upload.files],
    }


def _upload(row: Row[Any]) -> Upload:
    right = row.caller["right"]
    patients = right["patient_ids"]
    return Upload(
        row.upload_id,
        row.account_id,
        Right(None if patients is None else tuple(patients), right["curate"], right["demo"]),
        row.caller["declared"],
        row.status,
        row.created_at,
        tuple(_file(file) for file in row.files),
    )


def _file(value: Mapping[str, Any]) -> UploadFile:
    told = {
        name: tuple(Told(one["key"], one["variables"]) for one in value[name])
        for name in ("problems", "warnings")
    }
    return UploadFile(**{**value, **told, "doc_ids": tuple(value["doc_ids"])})
