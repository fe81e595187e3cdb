"""The facts of documents. Versions written before state none: they come when their file is read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "facts",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("fact_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("concept", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc_id", "revision", "fact_id"),
    )
    op.create_index("fact_concepts", "facts", ["concept", "kind"])
