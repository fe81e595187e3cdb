"""Who may read more or less than care alone says: emergency access, protected records and documents with the
right to them, and what patients oppose.

Patients are compared under the id that survives, whatever id was written.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update

from rag.core.errors import NotFound
from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.identity.merges import MergeStore
from rag.store.people.access_tables import emergencies, oppositions, protection_rights, protections
from rag.store.records import utc_now

ProtectedKind = Literal["psychiatry", "genetics", "staff"]
PROTECTED_KINDS: tuple[ProtectedKind, ...] = ("psychiatry", "genetics", "staff")
Purpose = Literal["research", "ai"]
PURPOSES: tuple[Purpose, ...] = ("research", "ai")
Verdict = Literal["justified", "unjustified"]
_E = emergencies.c
ERASED = "–"
"""In place of the reason of an emergency whose patient was erased."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency access of one account to one patient, until a POSIX time; reviewed when ``verdict`` is
    set.
    """

    emergency_id: str
    account_id: str
    name: str
    patient_id: str
    reason: str
    address: str
    opened_at: str
    until: float
    verdict: Verdict | None = None
    reviewed_by: str | None = None
    reviewed_at: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Protection:
    """A whole record (``doc_id`` empty) or one document that needs the right to its kind."""

    patient_id: str
    doc_id: str
    kind: ProtectedKind
    marked_at: str


@dataclass(frozen=True, slots=True)
class Barred:
    """What an account may not read although care, or its role, would let it."""

    patients: frozenset[str] = frozenset()
    docs: frozenset[str] = frozenset()


class AccessStore:
    """Emergencies, protections, rights and oppositions, in the database of a home."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    # --- emergencies

    def open_emergency(
        self, account_id: str, name: str, patient_id: str, reason: str, address: str, hours: float
    ) -> Emergency:
        """Give an account access to a patient for some hours."""
        until = self._clock() + 3600 * hours
        emergency_id = secrets.token_hex(8)
        made = Emergency(emergency_id, account_id, name, patient_id, reason, address, utc_now(), until)
        row = {field: getattr(made, field) for field in Emergency.__dataclass_fields__}
        with self._database.write() as connection:
            connection.execute(insert(emergencies).values(**row))
        return made

    def emergencies(self, *, account_id: str | None = None, open_only: bool = False) -> list[Emergency]:
        """Return the emergencies, the latest first; ``open_only``: those that nobody reviewed yet."""
        wanted = select(emergencies).order_by(_E.opened_at.desc(), _E.emergency_id)
        if account_id is not None:
            wanted = wanted.where(_E.account_id == account_id)
        if open_only:
            wanted = wanted.where(_E.verdict.is_(None))
        with self._database.read() as connection:
            return [_emergency(row) for row in connection.execute(wanted)]

    def emergency(self, emergency_id: str) -> Emergency:
        """Return one emergency. Raises ``NotFound``."""
        with self._database.read() as connection:
            row = connection.execute(select(emergencies).where(_E.emergency_id == emergency_id)).one_or_none()
        if row is None:
            raise NotFound("emergency_not_found", emergency_id=emergency_id[:40])
        return _emergency(row)

    def review(self, emergency_id: str, reviewer: str, verdict: Verdict, remark: str) -> Emergency:
        """Write what a reviewer finds; one that is not justified ends at once. Raises ``NotFound``."""
        found = self.emergency(emergency_id)
        values: dict[str, Any] = {"verdict": verdict, "reviewed_by": reviewer, "reviewed_at": utc_now()}
        values["remark"] = remark
        if verdict == "unjustified":
            values["until"] = min(found.until, self._clock())
        with self._database.write() as connection:
            place = _E.emergency_id == emergency_id
            connection.execute(update(emergencies).where(place).values(**values))
        return self.emergency(emergency_id)

    def opened_by(self, account_id: str) -> frozenset[str]:
        """Return the patients whom an account may read for an emergency now."""
        wanted = select(_E.patient_id).where(_E.account_id == account_id, _E.until > self._clock())
        with self._database.read() as connection:
            return self._surviving(connection.scalars(wanted).all())

    # --- protections

    def protect(self, patient_id: str, doc_id: str, kind: ProtectedKind) -> None:
        """Mark a record (``doc_id`` empty) or a document; marking it again changes nothing."""
        self.unprotect(patient_id, doc_id, kind)
        row = {"patient_id": patient_id, "doc_id": doc_id, "kind": kind, "marked_at": utc_now()}
        with self._database.write() as connection:
            connection.execute(insert(protections).values(**row))

    def unprotect(self, patient_id: str, doc_id: str, kind: ProtectedKind) -> None:
        """Take a mark back."""
        c = protections.c
        place = (c.patient_id == patient_id, c.doc_id == doc_id, c.kind == kind)
        with self._database.write() as connection:
            connection.execute(delete(protections).where(*place))

    def protections(self) -> list[Protection]:
        """Return every mark, by patient and document."""
        c = protections.c
        with self._database.read() as connection:
            rows = connection.execute(select(protections).order_by(c.patient_id, c.doc_id, c.kind)).all()
        return [Protection(**row._asdict()) for row in rows]

    def grant_right(self, subject: str, kind: ProtectedKind) -> None:
        """Let an account (``account:<id>``) or a group (``group:<name>``) read what is protected so."""
        self.revoke_right(subject, kind)
        with self._database.write() as connection:
            row = {"subject": subject, "kind": kind, "granted_at": utc_now()}
            connection.execute(insert(protection_rights).values(**row))

    def revoke_right(self, subject: str, kind: ProtectedKind) -> None:
        """Take back what ``grant_right`` gave."""
        c = protection_rights.c
        with self._database.write() as connection:
            connection.execute(delete(protection_rights).where(c.subject == subject, c.kind == kind))

    # --- oppositions

    def oppose(self, patient_id: str, purpose: Purpose) -> None:
        """Note that a patient opposes a use of the record."""
        self.withdraw(patient_id, purpose)
        with self._database.write() as connection:
            row = {"patient_id": patient_id, "purpose": purpose, "stated_at": utc_now()}
            connection.execute(insert(oppositions).values(**row))

    def withdraw(self, patient_id: str, purpose: Purpose) -> None:
        """Take an opposition back, under whatever id of the patient."""
        c = oppositions.c
        ids = MergeStore(self._database).aliases([patient_id])
        with self._database.write() as connection:
            for part in batches(ids):
                connection.execute(delete(oppositions).where(c.patient_id.in_(part), c.purpose == purpose))

    def opposed(self, purpose: Purpose) -> frozenset[str]:
        """Return the patients who oppose a use."""
        wanted = select(oppositions.c.patient_id).where(oppositions.c.purpose == purpose)
        with self._database.read() as connection:
            return self._surviving(connection.scalars(wanted).all())

    # --- all together

    def barred(self, account_id: str, groups: Iterable[str], *, for_research: bool) -> Barred:
        """Return what an account may not read now. An emergency lifts the protection of its patient."""
        marks = self.protections()
        patients: set[str] = set()
        docs: set[str] = set()
        if marks:
            rights, opened = self._rights(account_id, groups), self.opened_by(account_id)
            survivors = MergeStore(self._database).surviving({mark.patient_id for mark in marks})
            for mark in marks:
                patient = survivors.get(mark.patient_id, mark.patient_id)
                if mark.kind in rights or patient in opened:
                    continue
                if mark.doc_id:
                    docs.add(mark.doc_id)
                else:
                    patients.add(patient)
        if for_research:
            patients |= self.opposed("research")
        return Barred(frozenset(patients), frozenset(docs))

    def forget(self, doc_ids: Iterable[str], patients: Iterable[str]) -> int:
        """Drop the marks and the reasons that speak of what is erased; return how many. Oppositions stay:
        they hold for what may come again.
        """
        marked, reasoned = _naming(doc_ids, patients)
        with self._database.write() as connection:
            gone = connection.execute(delete(protections).where(marked)).rowcount
            gone += connection.execute(
                update(emergencies).where(reasoned).values(reason=ERASED, remark="")
            ).rowcount
        return gone

    def count_naming(self, doc_ids: Iterable[str], patients: Iterable[str]) -> int:
        """Return how many marks and reasons speak of these."""
        marked, reasoned = _naming(doc_ids, patients)
        with self._database.read() as connection:
            found = [
                connection.scalar(select(func.count()).select_from(table).where(which))
                for table, which in ((protections, marked), (emergencies, reasoned))
            ]
        return sum(count or 0 for count in found)

    def _rights(self, account_id: str, groups: Iterable[str]) -> frozenset[str]:
        subjects = [f"account:{account_id}", *(f"group:{group}" for group in groups)]
        c = protection_rights.c
        with self._database.read() as connection:
            found = (
                connection.scalars(select(c.kind).where(c.subject.in_(part))) for part in batches(subjects)
            )
            return frozenset(kind for part in found for kind in part)

    def _surviving(self, patient_ids: Iterable[str]) -> frozenset[str]:
        ids = set(patient_ids)
        return frozenset(MergeStore(self._database).surviving(ids).values()) if ids else frozenset()


def _naming(
    doc_ids: Iterable[str], patients: Iterable[str]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which marks, and which reasons, speak of these."""
    docs, named = sorted(set(doc_ids) - {""}), sorted(set(patients))
    c = protections.c
    return or_(c.doc_id.in_(docs), c.patient_id.in_(named)), and_(
        _E.patient_id.in_(named), _E.reason != ERASED
    )


def told(values: Emergency) -> Mapping[str, str | int]:
    """Return what the audit keeps of an emergency: no word of its reason."""
    return {"emergency": values.emergency_id, "until": round(values.until)}


def _emergency(row: Row[Any]) -> Emergency:
    return Emergency(**row._asdict())
