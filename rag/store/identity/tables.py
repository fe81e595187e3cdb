"""The tables of the identity desk: what documents say of their patients, what is proposed and decided, and
what waits in quarantine.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKeyConstraint, Index, String, Table, UniqueConstraint

from rag.store.people.access_tables import metadata
from rag.store.tables import Id

__all__ = ["metadata"]

claims = Table(
    "identity_claims",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column("kind", String, primary_key=True, doc="own, national or local, see rag/store/identity/claims.py"),
    Column("value", Id, primary_key=True),
    Column("authority", String, nullable=False),
    Column("trusted", Boolean, nullable=False, doc="read by the command line; what a caller uploads is not"),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
    Index("identity_claim_values", "value", "kind"),
)
"""Its rows go with the version, whatever removes it."""

proposals = Table(
    "identity_proposals",
    metadata,
    Column("proposal_id", Id, primary_key=True),
    Column("old_id", Id, nullable=False),
    Column("new_id", Id, nullable=False, index=True, doc="the id that survives"),
    Column("reason", String, nullable=False, doc="announced, identifier or conflict"),
    Column("said", String, nullable=False, doc="how the document says so, e.g. ADT^A40"),
    Column("doc_id", Id, nullable=False),
    Column(
        "origin",
        Id,
        nullable=False,
        doc="feed, upload:<account id>, or upload where a feed and an upload say it together",
    ),
    Column("status", String, nullable=False, index=True),
    Column("proposed_at", String, nullable=False),
    Column("decided_at", String),
    Column("decided_by", String),
    Column(
        "ledger",
        JSON,
        nullable=False,
        doc="the rows that confirming changed, by table: what reversing gives back",
    ),
    UniqueConstraint("old_id", "new_id"),
)

holds = Table(
    "identity_holds",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column("revision", String, primary_key=True),
    Column(
        "other_id",
        Id,
        doc=(
            "the patient that the document's national identity is known as; null: the number has another"
            " identity"
        ),
    ),
    Column("origin", Id, nullable=False),
    Column("held_at", String, nullable=False),
    Column("reason", String, nullable=False, server_default="identity", doc="identity or no_patient"),
    ForeignKeyConstraint(
        ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
    ),
)
"""Why a document of status ``held`` is in quarantine."""

assignments = Table(
    "identity_assignments",
    metadata,
    Column("doc_id", Id, primary_key=True),
    Column(
        "claimed",
        String(64),
        nullable=False,
        doc="digest of what the document says of its patient: said otherwise, it is asked again",
    ),
    Column("patient_id", Id, nullable=False, index=True),
)
"""Whose the desk said that a document is, for when its file is read again."""
