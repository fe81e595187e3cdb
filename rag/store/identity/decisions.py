"""What the identity desk decides, written in one transaction with the documents that it moves: all of it
holds, or none.

Confirming moves what names the old id to the new one and keeps, in the proposal's ledger, which rows it
moved; reversing moves back exactly these, as far as nobody erased or moved them since. Who may read whom is
not rewritten: the grants of an id count for the one that survives (``AccountStore.patients_of``), so taking
the step away gives everybody what they had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from rag.store.conditions import batches
from rag.store.identity.desk import Proposal, ProposalStatus
from rag.store.identity.merges import add_step, remove_step
from rag.store.identity.tables import assignments, holds, proposals
from rag.store.people.tables import conversations, turn_sources, uploads
from rag.store.records import utc_now
from rag.store.tables import documents, inputs

_NAMING: tuple[tuple[str, Table, Column[Any]], ...] = (
    ("conversations", conversations, conversations.c.conversation_id),
    ("questions", turn_sources, turn_sources.c.turn_id),
    ("uploads", uploads, uploads.c.upload_id),
    ("inputs", inputs, inputs.c.uri),
)
"""Rows that name a patient, and what tells them apart; of ``turn_sources`` those of no document: whom a
question was about.
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the desk decided of a proposal.

    Attributes:
        proposal: as it was before. status: what becomes of it. by: who decided. target: the id that survives
        of the two; of use where the proposal is confirmed. source_uri: of the document that said so. moved:
        documents and the patient that each is under from now on. renamed: of reversing, the ledgers whose
        rows go from one id to another: those of the proposal, and of others joined through it. released:
        documents that leave quarantine on account of it, and what held them. held_again: documents that go
        back there, with the row of ``identity_holds`` except for its first column.
    """

    proposal: Proposal
    status: ProposalStatus
    by: str
    target: str = ""
    source_uri: str = ""
    moved: Mapping[str, str] = field(default_factory=dict)
    renamed: Sequence[tuple[Mapping[str, Any], str, str]] = ()
    released: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    held_again: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A document that leaves quarantine for a patient; ``claimed`` is the digest of what it says of its
    patient, or of all its words where it names none.
    """

    doc_id: str
    claimed: str
    patient_id: str


def write_decision(connection: Connection, decided: Decision | Assignment) -> None:
    """Write a decision of the desk beside the documents that move with it."""
    if isinstance(decided, Assignment):
        connection.execute(delete(assignments).where(assignments.c.doc_id == decided.doc_id))
        row = {"doc_id": decided.doc_id, "claimed": decided.claimed, "patient_id": decided.patient_id}
        connection.execute(insert(assignments).values(**row))
        return
    ledger = dict(decided.proposal.ledger)
    if decided.status == "confirmed":
        ledger = _confirmed(connection, decided)
    elif decided.status == "reversed":
        _reversed(connection, decided)
        ledger = {}
    for doc_id, patient_id in decided.moved.items():
        connection.execute(
            update(turn_sources).where(turn_sources.c.doc_id == doc_id).values(patient_id=patient_id)
        )
    values = {"status": decided.status, "decided_at": utc_now(), "decided_by": decided.by, "ledger": ledger}
    connection.execute(
        update(proposals).where(proposals.c.proposal_id == decided.proposal.proposal_id).values(**values)
    )


def _confirmed(connection: Connection, decided: Decision) -> dict[str, Any]:
    old, new, target = decided.proposal.old_id, decided.proposal.new_id, decided.target
    add_step(
        connection,
        old,
        new,
        "merge" if decided.proposal.reason == "announced" else "identity",
        decided.source_uri,
    )
    ledger: dict[str, Any] = {"released": {doc_id: dict(row) for doc_id, row in decided.released.items()}}
    for name, table, key in _NAMING:
        rows = list(connection.scalars(select(key).where(table.c.patient_id == old, *_alone(name))))
        _rename(connection, name, table, key, rows, old, target)
        ledger[name] = rows
    return ledger


def _reversed(connection: Connection, decided: Decision) -> None:
    remove_step(connection, decided.proposal.old_id)
    for ledger, before, after in decided.renamed:
        for name, table, key in _NAMING:
            _rename(connection, name, table, key, ledger.get(name, ()), before, after)
    for doc_id, kept in decided.held_again.items():
        connection.execute(
            delete(documents).where(documents.c.doc_id == doc_id, documents.c.revision != kept["revision"])
        )
        place = (documents.c.doc_id == doc_id, documents.c.revision == kept["revision"])
        connection.execute(update(documents).where(*place).values(status="held"))
        connection.execute(insert(holds).values(doc_id=doc_id, **kept))


def _rename(
    connection: Connection, name: str, table: Table, key: Column[Any], rows: Any, old: str, new: str
) -> None:
    for part in batches(rows):
        where = (key.in_(part), table.c.patient_id == old, *_alone(name))
        connection.execute(update(table).where(*where).values(patient_id=new))


def _alone(name: str) -> tuple[Any, ...]:
    return (turn_sources.c.doc_id == "",) if name == "questions" else ()
