"""Brings the tables of a home to what this version of Traboule works with: made where there are none,
upgraded where they are older."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from rag.core.errors import ConfigurationError
from rag.store.identity.tables import metadata  # so that its tables, and the server's, are made too
from rag.store.migrations.revisions import FIRST, OURS, Revisions
from rag.store.tables import meta

_UNNUMBERED, NUMBERED = "1", "2"
"""``meta.schema``: version 0.1.0 wrote 1, kept no revisions and refuses anything else; later versions write 2
and keep revisions."""
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, as it makes it; read here so that Alembic need not be loaded to open a home."""


def is_current(connection: Connection, revisions: Revisions = OURS) -> bool:
    """Tell whether the tables are those of this version."""
    return inspect(connection).has_table(_version.name) and _revision(connection) == revisions.head


def bring_up(
    connection: Connection, place: str, back_up: Callable[[str], None], revisions: Revisions = OURS
) -> None:
    """Make or upgrade the tables. Call it in a transaction that holds the home's lock; where it fails,
    nothing has changed.

    Args:
        connection: to the database.
        place: the database, in words for errors.
        back_up: called with the revision found, before an upgrade changes anything.
        revisions: what there is to upgrade with.

    Raises:
        ConfigurationError: a newer version of Traboule wrote the tables.
    """
    found = _found(connection, place, revisions)
    if found is None:
        metadata.create_all(connection)
        connection.execute(insert(meta).values(key="schema", value=NUMBERED))
        _write_revision(connection, revisions.head)
    elif found not in revisions.known:
        raise ConfigurationError("store_newer_schema", place=place, found=found, expected=revisions.head)
    elif found != revisions.head:
        back_up(found)
        revisions.upgrade(connection)


def _found(connection: Connection, place: str, revisions: Revisions) -> str | None:
    """Return the revision of the tables, None where there are none; a home without revisions is given the
    first."""
    tables = inspect(connection)
    if tables.has_table(_version.name):
        return _revision(connection)
    if not tables.has_table(meta.name):
        return None
    schema = connection.scalar(select(meta.c.value).where(meta.c.key == "schema"))
    if schema != _UNNUMBERED:
        raise ConfigurationError("store_newer_schema", place=place, found=schema, expected=revisions.head)
    _write_revision(connection, FIRST)
    return FIRST


def _revision(connection: Connection) -> str | None:
    return connection.scalar(select(_version.c.version_num))


def _write_revision(connection: Connection, revision: str) -> None:
    _version.create(connection, checkfirst=True)
    connection.execute(insert(_version).values(version_num=revision))
