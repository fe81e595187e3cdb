"""Vectors of passages on disk, so that indexing again is cheap: one SQLite file, by embedder and digest of
the text.

A cache may be lost but is never in the way: a damaged file is replaced, a locked or full one is passed over.
Only erasing reports failure, because a patient's vectors must not stay behind. Several processes may use one
file, and any may be killed at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import TypeVar

import numpy as np

from rag.core.errors import StorageError
from rag.core.types import Vector

_SCHEMA = """
create table if not exists vectors (
    embedder text not null, text_sha256 blob not null, owner text not null, vector blob not null
);
create unique index if not exists by_text on vectors (text_sha256, embedder);
create index if not exists by_owner on vectors (owner);
"""
_VERSION = 1
_WAIT_S = 10.0
_PARAMETERS = 500

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class EmbeddingCache:
    """The vectors in one file, which is made when missing. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._attempt(lambda _: None, None)

    def lookup(self, embedder: str, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors that are known, by text."""
        by_digest = {_digest(text): text for text in texts}

        def read(connection: sqlite3.Connection) -> dict[str, Vector]:
            found: dict[str, Vector] = {}
            for part in _parts(list(by_digest)):
                query = (
                    "select text_sha256, vector from vectors"  # noqa: S608
                    f" where embedder = ? and text_sha256 in ({_marks(part)})"
                )
                rows = connection.execute(query, [embedder, *part])
                found.update(
                    {
                        by_digest[digest]: tuple(np.frombuffer(vector, "<f4").tolist())
                        for digest, vector in rows
                    }
                )
            return found

        return self._attempt(read, {})

    def store(
        self, embedder: str, vectors: Mapping[str, Sequence[float]], owners: Mapping[str, str] | None = None
    ) -> None:
        """Keep vectors by text, to float32. ``owners`` names the document a text belongs to, for
        ``discard_owners``.
        """
        rows = [
            (embedder, _digest(text), (owners or {}).get(text, ""), np.asarray(vector, "<f4").tobytes())
            for text, vector in vectors.items()
        ]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("insert or ignore into vectors values (?, ?, ?, ?)", rows)

        self._attempt(write, None)

    def own(self, owners: Mapping[str, str]) -> None:
        """Note of which document texts are whose vectors are kept, where that is not known."""
        rows = [(owner, _digest(text)) for text, owner in owners.items()]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(
                    "update vectors set owner = ? where text_sha256 = ? and owner = ''", rows
                )

        self._attempt(write, None)

    def discard(self, texts: Iterable[str]) -> int:
        """Erase the vectors of texts, of every embedder; return how many.

        Raises:
            StorageError: they could not be erased.
        """
        return self._erase("text_sha256", [_digest(text) for text in texts])

    def discard_owners(self, owners: Iterable[str]) -> int:
        """Erase the vectors that were stored for these documents, earlier versions of them included; ""
        stands for those of which it is not known. Raises as ``discard`` does.
        """
        return self._erase("owner", list(owners))

    def clear(self) -> None:
        """Erase everything. Raises as ``discard`` does."""
        self._erase("1", [1])

    def close(self) -> None:
        """Release the file. Closing twice is harmless; a later call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _erase(self, column: str, values: Sequence[object]) -> int:
        def delete(connection: sqlite3.Connection) -> int:
            with connection:
                statements = [
                    (f"delete from vectors where {column} in ({_marks(part)})", part)  # noqa: S608
                    for part in _parts(values)
                ]
                count = sum(connection.execute(*statement).rowcount for statement in statements)
            connection.execute("pragma wal_checkpoint(truncate)")  # the log too must not keep what was erased
            return count

        erased = self._attempt(delete, -1 if self._path.exists() else 0)
        if erased < 0:
            raise StorageError("embedding_cache_not_erased", path=self._path)
        return erased

    def _attempt(self, action: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Run an action on the open file; on a damaged one, replace it and run the action again; else give it
        up.
        """
        with self._lock, contextlib.suppress(_UnusableError):
            try:
                return self._guarded(action)
            except _DamagedError:
                _log.warning("%s is damaged and is replaced", self._path.name)
                self._remove()
                with contextlib.suppress(_DamagedError):
                    return self._guarded(action)
        return otherwise

    def _guarded(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            if self._connection is None:
                self._connection = _open(self._path)
            return action(self._connection)
        except (sqlite3.OperationalError, OSError) as error:
            _log.warning("%s cannot be used now (%s)", self._path.name, error)
            raise _UnusableError from None
        except sqlite3.DatabaseError:
            raise _DamagedError from None

    def _remove(self) -> None:
        self.close()
        try:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except OSError:
            raise _UnusableError from None


class _UnusableError(Exception):
    """The file is locked, full, or not ours to write; a later call may fare better."""


class _DamagedError(Exception):
    """The file is no database of ours."""


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # vectors speak of their texts
    connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
    try:
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        (version,) = connection.execute("pragma user_version").fetchone()
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"version {version}")
        connection.executescript(_SCHEMA)
        connection.execute(f"pragma user_version = {_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (values[start : start + _PARAMETERS] for start in range(0, len(values), _PARAMETERS))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
