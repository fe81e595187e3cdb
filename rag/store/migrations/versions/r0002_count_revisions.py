"""From here on the tables have revisions. Version 0.1.0, which knows none, reads in ``meta`` that they are
not its own and refuses them."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Say so in ``meta``."""
    op.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")
