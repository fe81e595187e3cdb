"""What Alembic runs to reach the database: the connection is given, inside a transaction that holds the
home's lock."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from rag.store.identity.tables import metadata
from rag.store.tables import Id


def _render(kind: str, value: Any, _: object) -> str | Literal[False]:
    """Write ids as the template names their type, so that a revision says it once."""
    return "Id" if kind == "type" and value is Id else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
