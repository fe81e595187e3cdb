"""The tables of what changes who may read whom, beside care: emergencies, protections, oppositions."""

from __future__ import annotations

from sqlalchemy import Column, Float, String, Table, Text

from rag.store.people.tables import metadata
from rag.store.tables import Id

__all__ = ["metadata"]

emergencies = Table(
    "emergencies",
    metadata,
    Column("emergency_id", Id, primary_key=True),
    Column("account_id", Id, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("patient_id", Id, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("address", String, nullable=False),
    Column("opened_at", String, nullable=False),
    Column("until", Float, nullable=False, doc="POSIX time"),
    Column("verdict", String, doc="justified or unjustified; null: not reviewed yet"),
    Column("reviewed_by", String),
    Column("reviewed_at", String),
    Column("remark", Text, nullable=False),
)

protections = Table(
    "protections",
    metadata,
    Column("patient_id", Id, primary_key=True),
    Column("doc_id", Id, primary_key=True, doc="empty: the whole record"),
    Column("kind", String(20), primary_key=True),
    Column("marked_at", String, nullable=False),
)

protection_rights = Table(
    "protection_rights",
    metadata,
    Column("subject", Id, primary_key=True, doc="account:<id> or group:<name>"),
    Column("kind", String(20), primary_key=True),
    Column("granted_at", String, nullable=False),
)

oppositions = Table(
    "oppositions",
    metadata,
    Column("patient_id", Id, primary_key=True),
    Column("purpose", String(20), primary_key=True),
    Column("stated_at", String, nullable=False),
)
