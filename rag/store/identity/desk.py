"""What documents say of patients being one, what is proposed to the identity desk, and what it decided.

Only what the command line read (``trusted``) may put a later document in quarantine; what callers upload
never touches anybody else's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, or_, select, update

from rag.core.errors import NotFound
from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.identity.claims import IdentityClaim
from rag.store.identity.tables import assignments, claims, holds, proposals
from rag.store.people.tables import care
from rag.store.records import utc_now
from rag.store.tables import documents

FEED = "feed"
"""The origin of what the command line reads; of an upload it is ``upload:<account id>``."""
UPLOADS = "upload"
"""The origin of a proposal that a feed's document and an upload make together: only a person may act on it.
"""
ProposalStatus = Literal["proposed", "confirmed", "rejected", "reversed"]
ProposalReason = Literal["announced", "identifier", "conflict"]
HoldReason = Literal["identity", "no_patient"]
"""Identifiers that do not go together, or none that names a patient."""
_C, _P, _H, _D = claims.c, proposals.c, holds.c, documents.c


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two ids that a document says are one patient; ``new_id`` would survive. ``said`` is how it says so,
    e.g. ``ADT^A40``.
    """

    proposal_id: str
    old_id: str
    new_id: str
    reason: ProposalReason
    said: str
    doc_id: str
    origin: str
    status: ProposalStatus
    proposed_at: str
    decided_at: str | None = None
    decided_by: str | None = None
    ledger: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document in quarantine. ``patient_id`` is what it names first, if anybody; ``other_id`` whose its
    national identity is known to be.
    """

    doc_id: str
    title: str
    kind: str
    patient_id: str | None
    other_id: str | None
    origin: str
    held_at: str
    source_uri: str
    reason: HoldReason
    characters: int


class IdentityStore:
    """Claims, proposals, quarantine and assignments, in the database of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- what documents say

    def claimants(self, value: str) -> dict[str, bool]:
        """Return the patients whose visible documents name this identifier beside their own; true where a
        trusted one does.
        """
        joined = claims.join(documents, (_D.doc_id == _C.doc_id) & (_D.revision == _C.revision))
        columns = select(_D.patient_id, _C.trusted).select_from(joined).distinct()
        where = (_C.value == value, _C.kind != "own", _D.status == "ready", _D.patient_id.is_not(None))
        found: dict[str, bool] = {}
        with self.database.read() as connection:
            for patient_id, trusted in connection.execute(columns.where(*where)):
                found[patient_id] = found.get(patient_id, False) or trusted
        return found

    def nationals_of(self, patient_id: str) -> frozenset[str]:
        """Return the national identities that trusted visible documents of a patient name."""
        joined = claims.join(documents, (_D.doc_id == _C.doc_id) & (_D.revision == _C.revision))
        where = (_D.patient_id == patient_id, _D.status == "ready", _C.kind == "national", _C.trusted)
        with self.database.read() as connection:
            return frozenset(
                connection.scalars(select(_C.value).select_from(joined).where(*where).distinct())
            )

    def known_to(self, patient_id: str) -> bool | None:
        """Tell whether there is a visible document of a patient, or somebody who may read them.

        True where a trusted document or a reader is, false where uploads alone are, None where nothing is.
        """
        uploaded = claims.join(documents, (_D.doc_id == _C.doc_id) & (_D.revision == _C.revision))
        sent = (
            select(_D.doc_id)
            .select_from(uploaded)
            .where(_D.patient_id == patient_id, _D.status == "ready", _C.trusted.is_(False))
        )
        mine = select(_D.doc_id).where(_D.patient_id == patient_id, _D.status == "ready")
        cared = select(care.c.subject).where(care.c.patient_id == patient_id)
        with self.database.read() as connection:
            if any(
                connection.scalar(one.limit(1)) is not None
                for one in (cared, mine.where(_D.doc_id.not_in(sent)))
            ):
                return True
            return None if connection.scalar(mine.limit(1)) is None else False

    def claims_of(
        self, doc_id: str, status: Literal["ready", "held"]
    ) -> tuple[tuple[IdentityClaim, ...], bool]:
        """Return what the visible or the held version of a document claims, and whether it is trusted.

        What claims nothing is trusted: of what is uploaded, its own id is kept as a claim.
        """
        joined = claims.join(documents, (_D.doc_id == _C.doc_id) & (_D.revision == _C.revision))
        statement = select(claims).select_from(joined).where(_C.doc_id == doc_id, _D.status == status)
        with self.database.read() as connection:
            rows = connection.execute(statement.order_by(_C.kind, _C.value)).all()
        return tuple(IdentityClaim(row.kind, row.value, row.authority) for row in rows), all(
            row.trusted for row in rows
        )

    def filed_elsewhere(self, own_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the visible documents that go by one of these ids and are under another: document → its own
        id, where it is.
        """
        joined = claims.join(documents, (_D.doc_id == _C.doc_id) & (_D.revision == _C.revision))
        columns = select(_C.doc_id, _C.value, _D.patient_id).select_from(joined)
        with self.database.read() as connection:
            parts = (
                connection.execute(
                    columns.where(_C.kind == "own", _C.value.in_(part), _D.status == "ready")
                ).all()
                for part in batches(own_ids)
            )
            return {row.doc_id: (row.value, row.patient_id) for rows in parts for row in rows}

    # --- proposals

    def propose(
        self, old_id: str, new_id: str, reason: ProposalReason, said: str, doc_id: str, origin: str
    ) -> Proposal | None:
        """Keep a proposal; None where the two were proposed before, either way round, whatever became of it.

        What a feed says takes the place of what an upload said that nobody has decided: an upload must not
        stand in its way.
        """
        made = Proposal(
            secrets.token_hex(8), old_id, new_id, reason, said, doc_id, origin, "proposed", utc_now()
        )
        with self.database.write() as connection:
            same = ((_P.old_id == old_id) & (_P.new_id == new_id)) | (
                (_P.old_id == new_id) & (_P.new_id == old_id)
            )
            if origin == FEED:
                connection.execute(delete(proposals).where(same, _P.status == "proposed", _P.origin != FEED))
            if connection.scalar(select(_P.proposal_id).where(same)) is not None:
                return None
            row = {name: getattr(made, name) for name in Proposal.__dataclass_fields__}
            connection.execute(insert(proposals).values(**row))
        return made

    def between(self, old_id: str, new_id: str) -> Proposal | None:
        """Return the proposal of these two, in this direction."""
        with self.database.read() as connection:
            row = connection.execute(
                select(proposals).where(_P.old_id == old_id, _P.new_id == new_id)
            ).one_or_none()
        return None if row is None else _proposal(row)

    def proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal. Raises ``NotFound``."""
        with self.database.read() as connection:
            row = connection.execute(select(proposals).where(_P.proposal_id == proposal_id)).one_or_none()
        if row is None:
            raise NotFound("proposal_not_found", proposal_id=proposal_id[:40])
        return _proposal(row)

    def proposals(self, status: ProposalStatus | None = None) -> list[Proposal]:
        """Return the proposals, of one status or all, the latest first."""
        statement = select(proposals).order_by(_P.proposed_at.desc(), _P.proposal_id)
        with self.database.read() as connection:
            return [
                _proposal(row)
                for row in connection.execute(
                    statement if status is None else statement.where(_P.status == status)
                )
            ]

    # --- quarantine

    def held(self, doc_id: str | None = None) -> list[HeldDocument]:
        """Return the documents in quarantine, or the one of this id, the oldest first."""
        joined = holds.join(documents, (_D.doc_id == _H.doc_id) & (_D.revision == _H.revision))
        columns = (
            _D.doc_id,
            _D.title,
            _D.kind,
            _D.patient_id,
            _H.other_id,
            _H.origin,
            _H.held_at,
            _D.source_uri,
            _H.reason,
            _D.characters,
        )
        statement = (
            select(*columns).select_from(joined).where(_D.status == "held").order_by(_H.held_at, _H.doc_id)
        )
        with self.database.read() as connection:
            found = connection.execute(statement if doc_id is None else statement.where(_D.doc_id == doc_id))
            return [HeldDocument(**row._asdict()) for row in found]

    def assigned(self, doc_id: str, claimed: str | None) -> str | None:
        """Return the patient that the desk gave a document that says this of its patient (None: whatever it
        says), None where it gave none.
        """
        where = [assignments.c.doc_id == doc_id]
        if claimed is not None:
            where.append(assignments.c.claimed == claimed)
        with self.database.read() as connection:
            return connection.scalar(select(assignments.c.patient_id).where(*where))

    # --- erasing

    def forget(self, doc_ids: Iterable[str], patient_ids: Sequence[str] = ()) -> None:
        """Erase what is known of these documents and patients."""
        with self.database.write() as connection:
            for part in batches(doc_ids):
                connection.execute(delete(assignments).where(assignments.c.doc_id.in_(part)))
            for part in batches(patient_ids):
                connection.execute(delete(assignments).where(assignments.c.patient_id.in_(part)))
                connection.execute(delete(proposals).where(or_(_P.old_id.in_(part), _P.new_id.in_(part))))
                connection.execute(update(holds).where(_H.other_id.in_(part)).values(other_id=None))

    def counts(self) -> tuple[int, int]:
        """Return how many proposals wait for a decision, and how many documents are in quarantine."""
        waiting = select(func.count()).select_from(proposals).where(_P.status == "proposed")
        kept = select(func.count()).select_from(holds)
        with self.database.read() as connection:
            return connection.scalar(waiting) or 0, connection.scalar(kept) or 0


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(**row._asdict())
