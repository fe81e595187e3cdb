"""Who patients are, by document. Versions written before say nothing: it comes when their file is read
again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "traits",
        sa.Column("doc_id", Id, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("birth_family", sa.String(), nullable=False),
        sa.Column("given", sa.String(), nullable=False),
        sa.Column("born", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("ins", sa.String(), nullable=False),
        sa.Column("family_key", Id, nullable=False),
        sa.Column("birth_key", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["doc_id", "revision"], ["documents.doc_id", "documents.revision"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc_id", "revision"),
    )
    op.create_index("trait_families", "traits", ["family_key"])
    op.create_index("trait_births", "traits", ["birth_key"])
