"""Copies of the database file of a home, made beside it before an upgrade:
``traboule.db.before-0002-20261128T141500Z``.

They are for the owner of the home alone, and hold what the home held: whoever erases something there erases
them too.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rag.core.errors import StorageError


def back_up(database: Path, target: str) -> Path:
    """Copy a database, as it was last committed, and return the copy; ``target`` is the revision that the
    upgrade leads to.

    Raises:
        StorageError: the copy cannot be written; nothing is left of it.
    """
    copy = database.with_name(f"{database.name}.before-{target}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as sink:
            source.backup(sink)
            sink.execute("PRAGMA journal_mode=DELETE")
    except (OSError, sqlite3.Error) as error:
        copy.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise StorageError("store_not_backed_up", place=database, reason=reason) from None
    return copy


def backups_of(database: Path) -> list[Path]:
    """Return the copies of a database, by name."""
    return sorted(database.parent.glob(f"{database.name}.before-*"))


def drop_backups(database: Path) -> None:
    """Remove the copies of a database: something was erased that they still hold."""
    for copy in backups_of(database):
        copy.unlink(missing_ok=True)
