"""The database of a home: SQLite in the home, or PostgreSQL, behind one small object.

Every foreign error leaves here as one of ours, without the statement's parameters: they hold patient text.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from rag.errors import ConfigurationError, StorageError, TrabouleError, Unavailable
from rag.store.identity_tables import metadata  # so that its tables, and the server's, are made too
from rag.store.tables import meta

SCHEMA_VERSION = "1"
_WRITER_KEY = 0x7261676C  # any constant of our own: names our advisory lock among those of the server
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "busy_timeout=10000")
"""``secure_delete`` overwrites what is erased with zeros; without it a forgotten patient's text would stay readable in free pages.
``synchronous=FULL``: the journal must be on the disk before the index is written, or a power cut could leave passages unknown to all."""


class Database:
    """Connections, transactions and the writer's lock of one home."""

    def __init__(self, engine: Engine, place: str, lock_file: Path | None) -> None:
        self._engine = engine
        self._place = place
        self._lock_file = lock_file

    @classmethod
    def open(cls, home: Path, url: str | None = None) -> Database:
        """Open, and create where missing, the database of a home.

        Raises:
            ConfigurationError: the address is not understood, its driver is missing, or a newer Traboule wrote the tables.
            StorageError: the file cannot be opened or is damaged.
            Unavailable: the server does not answer.
        """
        database = cls._on_server(url) if url else cls._in_home(home)
        database._create_tables()
        return database

    @classmethod
    def _in_home(cls, home: Path) -> Database:
        path = home / "traboule.db"
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StorageError("store_not_writable", place=home, reason=error.strerror) from None
        engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, str(path), home / "writer.lock")

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

    def _create_tables(self) -> None:
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _WRITER_KEY - 1})
            metadata.create_all(connection)
            found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema"))
            if found is None:
                connection.execute(insert(meta).values(key="schema", value=SCHEMA_VERSION))
            elif found != SCHEMA_VERSION:
                raise ConfigurationError("store_other_schema", place=self._place, found=found, expected=SCHEMA_VERSION)

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
        with self._file_lock(limit) if self._lock_file else self._server_lock(limit):
            yield

    @contextmanager
    def _file_lock(self, limit: float) -> Iterator[None]:
        # SQLite's own lock works on every platform, between threads and processes, and dies with its owner.
        lock = sqlite3.connect(
            str(self._lock_file), isolation_level=None, timeout=max(0.0, limit - time.monotonic()), check_same_thread=False
        )
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
        with self._translated(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.scalar(statement, {"key": _WRITER_KEY}):
                if time.monotonic() >= limit:
                    raise Unavailable("store_busy", place=self._place)
                time.sleep(0.1)
            try:
                yield
            finally:
                connection.execute(text("select pg_advisory_unlock(cast(:key as int), hashtext(current_schema()))"), {"key": _WRITER_KEY})

    def scrub(self) -> None:
        """Overwrite what was erased: SQLite keeps it in the write-ahead log until then. A server's own vacuum does this there."""
        if self._lock_file is not None:
            connection = self._engine.raw_connection()  # outside any transaction, which would hold the log open
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
