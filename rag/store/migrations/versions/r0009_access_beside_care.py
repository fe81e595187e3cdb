"""Emergencies, protections, oppositions, and how long care lasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables and add the dates."""
    op.create_table(
        "emergencies",
        sa.Column("emergency_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.String(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("emergency_id"),
    )
    op.create_index("ix_emergencies_account_id", "emergencies", ["account_id"])
    op.create_index("ix_emergencies_patient_id", "emergencies", ["patient_id"])
    op.create_table(
        "protections",
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("marked_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "doc_id", "kind"),
    )
    op.create_table(
        "protection_rights",
        sa.Column("subject", Id, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("granted_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind"),
    )
    op.create_table(
        "oppositions",
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("stated_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "purpose"),
    )
    with op.batch_alter_table("care", schema=None) as batch_op:
        batch_op.add_column(sa.Column("date_from", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("date_until", sa.String(), nullable=True))
