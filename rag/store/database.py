"""The database of a home: SQLite in the home, or PostgreSQL, behind one small object.

Every foreign error leaves here as one of ours, without the statement's parameters: they hold patient text.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from rag.core.errors import ConfigurationError, StorageError, TrabouleError, Unavailable
from rag.store.migrations.backups import back_up, drop_backups
from rag.store.migrations.revisions import OURS, Revisions
from rag.store.migrations.schema import bring_up, is_current
from rag.store.privacy import make_private, private_folder

_FILE, _LOCK = "traboule.db", "writer.lock"
_WRITER_KEY = 0x7261676C  # any constant of our own: names our advisory lock among those of the server
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "busy_timeout=10000",
)
"""``secure_delete`` overwrites what is erased with zeros; without it a forgotten patient's text would stay
readable in free pages. ``synchronous=FULL``: the journal must be on the disk before the index is written, or
a power cut could leave passages unknown to all.
"""
_log = logging.getLogger(__name__)


class Database:
    """Connections, transactions and the writer's lock of one home. ``file`` is its SQLite file, None on a
    server.
    """

    def __init__(self, engine: Engine, place: str, file: Path | None) -> None:
        self._engine = engine
        self._place = place
        self._file = file

    @classmethod
    def open(cls, home: Path, url: str | None = None, revisions: Revisions = OURS) -> Database:
        """Open the database of a home; make it where there is none, upgrade it where it is older (its file is
        copied first).

        Raises:
            ConfigurationError: the address is not understood, its driver is missing, or a newer Traboule
            wrote the tables. StorageError: the file cannot be opened, copied or upgraded, or is damaged.
            Unavailable: the server does not answer, or another process is upgrading.
        """
        database = cls._on_server(url) if url else cls._in_home(home)
        try:
            database._bring_up(revisions)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _in_home(cls, home: Path) -> Database:
        path = home / _FILE
        try:
            private_folder(home)
            for file in (path, home / _LOCK):
                os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            make_private(home)
        except OSError as error:
            raise StorageError("store_not_writable", place=home, reason=error.strerror) from None
        engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, str(path), path)

    @classmethod
    def _on_server(cls, url: str) -> Database:
        try:
            address = make_url(url)
            if address.drivername in ("postgresql", "postgres"):
                address = address.set(drivername="postgresql+psycopg")
            engine = create_engine(address, hide_parameters=True, pool_pre_ping=True)
        except ModuleNotFoundError:
            raise ConfigurationError("store_driver_missing", setting="store.url") from None
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise ConfigurationError("store_bad_url", setting="store.url") from None
        return cls(engine, address.render_as_string(hide_password=True), None)

    def _bring_up(self, revisions: Revisions) -> None:
        """Make or upgrade the tables, one process after the other; nothing is locked where they are as they
        should be.
        """
        with self.read() as connection:
            if is_current(connection, revisions):
                return
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _WRITER_KEY - 1})
            if not is_current(connection, revisions):
                bring_up(
                    connection, self._place, lambda found: self._back_up(found, revisions.head), revisions
                )

    def _back_up(self, found: str, target: str) -> None:
        """Copy the file before an upgrade. On a server that is its owner's: it is told in the
        documentation.
        """
        copy = back_up(self._file, target) if self._file else None
        facts = {"found": found, "target": target, "copy": copy.name if copy else None}
        _log.warning("upgrading the database from %s to %s", found, target, extra={"facts": facts})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose reads see one moment."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together, on disk, when the block ends without error."""
        with self._translated(), self._engine.connect() as connection:
            connection = connection.execution_options(traboule_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writer(self, wait_s: float = 10.0) -> Iterator[None]:
        """Hold the home's only right to ingest and erase. It ends with the block, or with the process.

        Raises:
            Unavailable: another process kept it longer than ``wait_s``.
        """
        limit = time.monotonic() + wait_s
        with self._file_lock(self._file, limit) if self._file else self._server_lock(limit):
            yield

    @contextmanager
    def _file_lock(self, file: Path, limit: float) -> Iterator[None]:
        # SQLite's own lock works on every platform, between threads and processes, and dies with its owner.
        path, patience = file.with_name(_LOCK), max(0.0, limit - time.monotonic())
        lock = sqlite3.connect(str(path), isolation_level=None, timeout=patience, check_same_thread=False)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise Unavailable("store_busy", place=self._place) from None
            yield
        finally:
            lock.close()

    @contextmanager
    def _server_lock(self, limit: float) -> Iterator[None]:
        statement = text("select pg_try_advisory_lock(cast(:key as int), hashtext(current_schema()))")
        with (
            self._translated(),
            self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            while not connection.scalar(statement, {"key": _WRITER_KEY}):
                if time.monotonic() >= limit:
                    raise Unavailable("store_busy", place=self._place)
                time.sleep(0.1)
            try:
                yield
            finally:
                connection.execute(
                    text("select pg_advisory_unlock(cast(:key as int), hashtext(current_schema()))"),
                    {"key": _WRITER_KEY},
                )

    def scrub(self) -> None:
        """Overwrite what was erased: SQLite keeps it in the write-ahead log until then, and copies made
        before an upgrade keep it for good.

        A server's own vacuum does this there.
        """
        if self._file is not None:
            drop_backups(self._file)
            connection = (
                self._engine.raw_connection()
            )  # outside any transaction, which would hold the log open
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close every connection. Closing twice is harmless."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _translate(error, self._place) from None
        except SQLAlchemyError as error:
            raise StorageError("store_failed", place=self._place, reason=type(error).__name__) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # else sqlite3 opens transactions of its own, later than ours
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that starts as a reader may be refused later without waiting.
    writes = connection.get_execution_options().get("traboule_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _translate(error: DBAPIError, place: str) -> TrabouleError:
    said = str(error.orig).lower()
    if "is full" in said or "no space left" in said:
        return StorageError("disk_full", place=place)
    if "readonly" in said or "unable to open" in said:
        return StorageError("store_not_writable", place=place, reason=type(error.orig).__name__)
    if "not a database" in said or "malformed" in said:
        return StorageError("store_damaged", place=place)
    if "locked" in said:
        return Unavailable("store_busy", place=place)
    if "connection" in said or error.connection_invalidated:
        return Unavailable("store_unreachable", place=place)
    return StorageError("store_failed", place=place, reason=type(error.orig).__name__)
