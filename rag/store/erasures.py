"""Erasures: what was asked, what must not be read again, and where words of documents were written to.

What was erased for good leaves a tombstone: a digest under a salt of this home, of the patient's id, of the
document's id, and of each text with its patient. It tells nobody what it was, and stops the same from coming
back from a feed, another file or a restored copy of the home.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from rag.core.types import Document
from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.privacy import private_folder
from rag.store.records import utc_now
from rag.store.tables import documents, erasures, meta, text_copies, tombstones

TombstoneKind = Literal["patient", "document", "text"]
JOURNAL = "erasures.jsonl"
_SALT = "erasure_salt"
_E, _T, _D = erasures.c, tombstones.c, documents.c


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """One erasure: what was named, and all ids and documents that it came to; ``certificate`` is None while
    it is still to be done.
    """

    erasure_id: str
    asked: Mapping[str, Any]
    patients: tuple[str, ...]
    doc_ids: tuple[str, ...]
    asked_at: str
    asked_by: str
    certificate: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What must not come back: a patient's id, a document's, or a text; ``owner`` is the patient or the
    document whose erasure it goes with.
    """

    kind: TombstoneKind
    value: str
    owner: tuple[TombstoneKind, str]


@dataclass(frozen=True, slots=True)
class TextCopy:
    """A file with words of documents, outside what the home looks after."""

    path: str
    kind: str


class Tombstones:
    """What must not be read again. ``journal`` is the folder where each is written too, outside the database,
    so that a copy of the home restored from before an erasure learns of it.
    """

    def __init__(self, database: Database, journal: Path | None = None) -> None:
        self._database, self._journal = database, journal

    def add(self, marks: Iterable[Mark]) -> int:
        """Add tombstones; return how many are new."""
        with self._database.write() as connection:
            salt, now = _salt(connection), utc_now()
            known = set(connection.scalars(select(_T.digest)))
            found = {_digest(salt, one.kind, one.value): one for one in marks}
            rows = [
                {"digest": digest, "kind": one.kind, "owner": _digest(salt, *one.owner), "at": now}
                for digest, one in found.items()
                if digest not in known
            ]
            if rows:
                connection.execute(insert(tombstones), rows)
        self._write_journal([{**row, "salt": salt} for row in rows])
        return len(rows)

    def lift(self, kind: TombstoneKind, value: str) -> bool:
        """Take away the tombstone of a patient or a document with those that go with it, so that the same may
        be read again; say whether there was one.
        """
        with self._database.write() as connection:
            mark = _digest(_salt(connection), kind, value)
            gone = (_T.digest == mark) | (_T.owner == mark)
            digests = list(connection.scalars(select(_T.digest).where(gone)))
            connection.execute(delete(tombstones).where(gone))
        self._write_journal([{"digest": one, "at": utc_now(), "lifted": True} for one in digests])
        return bool(digests)

    def forbidden(self) -> Forbids:
        """Return what tells whether a document must not be read, as things stand now."""
        with self._database.read() as connection:
            salt = connection.scalar(select(meta.c.value).where(meta.c.key == _SALT)) or ""
            return Forbids(salt, frozenset(connection.scalars(select(_T.digest))))

    def count(self) -> int:
        """Return how many there are."""
        with self._database.read() as connection:
            return len(connection.scalars(select(_T.digest)).all())

    def learn(self) -> tuple[str, ...]:
        """Take in what the journal has and the database lacks, as after a restored copy; return the documents
        that are here and must go.
        """
        told = {str(one["digest"]): one for one in self._read_journal()}  # the last word on each counts
        with self._database.read() as connection:
            known = set(connection.scalars(select(_T.digest)))
        missing = [one for digest, one in told.items() if digest not in known and not one.get("lifted")]
        if not missing:
            return ()
        gone: set[str] = set()
        with self._database.write() as connection:
            columns = ("digest", "kind", "owner", "at")
            connection.execute(insert(tombstones), [{name: one[name] for name in columns} for one in missing])
            salts = {str(one["salt"]) for one in missing}
            if connection.scalar(select(meta.c.value).where(meta.c.key == _SALT)) is None:
                connection.execute(insert(meta).values(key=_SALT, value=min(salts)))
            marks = {one["digest"] for one in missing}
            stored = connection.execute(select(documents.c.doc_id, documents.c.patient_id).distinct())
            for doc_id, patient_id in stored:
                for salt in salts:
                    named = {_digest(salt, "document", doc_id), _digest(salt, "patient", patient_id or "")}
                    if marks & named:
                        gone.add(doc_id)
        return tuple(sorted(gone))

    def _write_journal(self, rows: Sequence[Mapping[str, object]]) -> None:
        if self._journal is None or not rows:
            return
        private_folder(self._journal)
        handle = os.open(self._journal / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def _read_journal(self) -> Iterator[dict[str, Any]]:
        if self._journal is None or not (self._journal / JOURNAL).is_file():
            return
        for line in (self._journal / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                told = json.loads(line)
            except ValueError:  # cut short by a crash: the database has it
                continue
            if isinstance(told, dict) and isinstance(told.get("digest"), str):
                yield told


@dataclass(frozen=True, slots=True)
class Forbids:
    """Tells whether a document was erased for good."""

    salt: str
    marks: frozenset[str]

    def __call__(self, document: Document, ids: Iterable[str | None] = ()) -> TombstoneKind | None:
        """Return why a document must not be read, None where it may be; ``ids`` are further ids of its
        patient.
        """
        if not self.marks:
            return None
        keys: list[tuple[TombstoneKind, str]] = [
            *(("patient", one) for one in {document.patient_id, *ids} if one is not None),
            ("document", document.doc_id),
            ("text", text_mark(document.patient_id, document.text)),
        ]
        return next((kind for kind, value in keys if _digest(self.salt, kind, value) in self.marks), None)


class ErasureStore:
    """Erasures that are asked for, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, doc_ids: Sequence[str], patient_id: str | None, by: str) -> ErasureRequest:
        """Ask for the erasure of documents, or of all of a patient under any of its ids."""
        names = sorted(MergeStore(self._database).aliases([patient_id])) if patient_id is not None else []
        with self._database.read() as connection:
            found = {
                one
                for part in batches(names)
                for one in connection.scalars(select(_D.doc_id).where(_D.patient_id.in_(part)))
            }
        request = ErasureRequest(
            secrets.token_hex(8),
            {"patient_id": patient_id, "doc_ids": list(doc_ids)},
            tuple(names),
            tuple(sorted({*doc_ids, *found})),
            utc_now(),
            by,
        )
        with self._database.write() as connection:
            connection.execute(
                insert(erasures).values(
                    erasure_id=request.erasure_id,
                    asked=dict(request.asked),
                    patients=names,
                    doc_ids=list(request.doc_ids),
                    asked_at=request.asked_at,
                    asked_by=by,
                )
            )
        return request

    def waiting(self) -> list[ErasureRequest]:
        """Return what is still to be done, the oldest first."""
        statement = select(erasures).where(_E.certificate.is_(None)).order_by(_E.asked_at)
        with self._database.read() as connection:
            return [_request(row) for row in connection.execute(statement)]

    def get(self, erasure_id: str) -> ErasureRequest | None:
        """Return an erasure."""
        with self._database.read() as connection:
            row = connection.execute(select(erasures).where(_E.erasure_id == erasure_id)).one_or_none()
        return None if row is None else _request(row)

    def done(self, erasure_id: str, certificate: Mapping[str, Any]) -> None:
        """Write what was done, for who asked to read."""
        values: dict[str, Any] = {"certificate": dict(certificate), "patients": [], "doc_ids": []}
        with self._database.write() as connection:
            connection.execute(update(erasures).where(_E.erasure_id == erasure_id).values(**values))

    def drop(self, erasure_id: str) -> None:
        """Forget an erasure whose certificate was read."""
        with self._database.write() as connection:
            connection.execute(delete(erasures).where(_E.erasure_id == erasure_id))
        self._database.scrub()


class TextCopies:
    """Files with words of documents that commands wrote where their user said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, path: Path, kind: str, patients: Iterable[str], doc_ids: Iterable[str]) -> None:
        """Note a file, whose documents and patients these are."""
        place = str(path.absolute())
        with self._database.write() as connection:
            connection.execute(delete(text_copies).where(text_copies.c.path == place))
            connection.execute(
                insert(text_copies).values(
                    path=place,
                    kind=kind,
                    patients=sorted(set(patients)),
                    doc_ids=sorted(set(doc_ids)),
                    written_at=utc_now(),
                )
            )

    def of(self, doc_ids: Iterable[str], patients: Iterable[str]) -> list[TextCopy]:
        """Return the files that hold words of any of these."""
        wanted, names = frozenset(doc_ids), frozenset(patients)
        with self._database.read() as connection:
            rows = connection.execute(select(text_copies).order_by(text_copies.c.path)).all()
        return [
            TextCopy(row.path, row.kind)
            for row in rows
            if names & set(row.patients) or wanted & set(row.doc_ids)
        ]

    def drop(self, paths: Iterable[str]) -> None:
        """Forget files."""
        with self._database.write() as connection:
            for part in batches(paths):
                connection.execute(delete(text_copies).where(text_copies.c.path.in_(part)))


def text_mark(patient_id: str | None, text: str) -> str:
    """Return what a text of a patient is known by."""
    return f"{patient_id or ''}\0{text}"


def marks_of(database: Database, doc_ids: Iterable[str], patients: Iterable[str]) -> Iterator[Mark]:
    """Yield what must not come back once these documents, and all of these patients, are erased.

    The text of a single document is no mark where another document says the same: that one is to stay.
    """
    names, wanted = sorted(patients), sorted(set(doc_ids))
    own: tuple[TombstoneKind, str] | None = ("patient", names[0]) if names else None
    yield from (Mark("patient", name, ("patient", names[0])) for name in names)
    yield from (Mark("document", doc_id, own or ("document", doc_id)) for doc_id in wanted)
    columns = (_D.doc_id, _D.patient_id, _D.text)
    with database.read() as connection:
        for part in batches(wanted):
            for doc_id, patient_id, text in connection.execute(select(*columns).where(_D.doc_id.in_(part))):
                same = _D.text == text, _D.patient_id == patient_id, _D.doc_id.not_in(wanted[:500])
                if own is None and connection.scalar(select(_D.doc_id).where(*same).limit(1)) is not None:
                    continue
                yield Mark("text", text_mark(patient_id, text), own or ("document", doc_id))


def _digest(salt: str, kind: str, value: str) -> str:
    return hmac.new(salt.encode(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()


def _salt(connection: Connection) -> str:
    found: str | None = connection.scalar(select(meta.c.value).where(meta.c.key == _SALT))
    if found is None:
        found = secrets.token_hex(32)
        connection.execute(insert(meta).values(key=_SALT, value=found))
    return found


def _request(row: Any) -> ErasureRequest:
    return ErasureRequest(
        row.erasure_id,
        row.asked,
        tuple(row.patients),
        tuple(row.doc_ids),
        row.asked_at,
        row.asked_by,
        row.certificate,
    )
