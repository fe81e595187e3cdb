"""The audit is chained, and says from which address and with which details. Entries written before are
chained as they are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from rag.store.people.audit_chain import FIRST_LINK, link

revision = "0006"
down_revision = "0005"

_BATCH = 1000


def upgrade() -> None:
    """Add the columns and chain what is there."""
    with op.batch_alter_table("audit") as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("chain", sa.String(length=64), nullable=False, server_default=""))
    _chain(op.get_bind())


def _chain(connection: sa.Connection) -> None:
    """Number the entries from 1 on, without gaps, and give each its digest."""
    table = sa.Table("audit", sa.MetaData(), autoload_with=connection)
    table.c.doc_ids.type, table.c.detail.type = sa.JSON(), sa.JSON()
    number, chain, after = 0, FIRST_LINK, -1
    while True:
        rows = connection.execute(
            sa.select(table).where(table.c.entry > after).order_by(table.c.entry).limit(_BATCH)
        ).all()
        for row in rows:
            number, after = number + 1, row.entry
            chain = link(chain, {**row._asdict(), "entry": number})
            connection.execute(
                sa.update(table).where(table.c.entry == row.entry).values(entry=number, chain=chain)
            )
        if len(rows) < _BATCH:
            return
