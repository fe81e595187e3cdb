"""Copies of source files, stored once by the digest of their bytes: ``sources/ab/cdef…`` in the home.

A blob is named in the database before its file exists and until its file is gone, so no interruption leaves a
copy that nothing knows of. A file under its digest's name is always whole: it is written aside, flushed to
disk, then renamed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, insert, select

from rag.core.errors import NotFound, StorageError
from rag.store.conditions import batches
from rag.store.database import Database
from rag.store.privacy import private_folder
from rag.store.records import utc_now
from rag.store.tables import blobs, documents

_BLOCK = 1 << 20


def digest_of(stream: BinaryIO) -> str:
    """Return the sha256 of what is left in a stream, in hexadecimal."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


class SourceStore:
    """The copies of a home and their count of uses: a blob lives as long as a document was read from it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the copy of these bytes lies, or would lie."""
        return self._folder / sha256[:2] / sha256[2:]

    def open(self, sha256: str) -> BinaryIO:
        """Open a copy for reading.

        Raises:
            NotFound: there is none.
        """
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound("source_unknown", sha256=sha256) from None
        except OSError as error:
            raise _translated(error, self._folder) from None

    def put(self, file: Path) -> str:
        """Copy a file and return the digest of what was copied. Until a document refers to it, ``sweep``
        removes it.

        Raises:
            StorageError: the disk is full or the home cannot be written.
            OSError: the file itself cannot be opened.
        """
        with file.open("rb") as stream:
            try:
                partial = self._new_partial()
                try:
                    sha256 = self._place(partial, _copy(stream, partial))
                finally:
                    partial.unlink(missing_ok=True)
            except OSError as error:
                raise _translated(error, self._folder) from None
        return sha256

    def is_whole(self, sha256: str) -> bool:
        """Tell whether the copy of these bytes is there and is what it was."""
        try:
            with self.path(sha256).open("rb") as stream:
                return digest_of(stream) == sha256
        except OSError:
            return False

    def damaged(self) -> tuple[str, ...]:
        """Return the copies that documents refer to and that are missing or not what they were. Reads all of
        them.
        """
        used = select(documents.c.blob).where(documents.c.blob.is_not(None)).distinct()
        with self._database.read() as connection:
            found = sorted(connection.scalars(used))
        return tuple(sha256 for sha256 in found if not self.is_whole(sha256))

    def sweep(self, candidates: Iterable[str] | None = None) -> tuple[str, ...]:
        """Erase the blobs, of all or of the candidates, that no document refers to; return their digests."""
        used = select(documents.c.blob).where(documents.c.blob == blobs.c.sha256).exists()
        unused = select(blobs.c.sha256).where(~used).order_by(blobs.c.sha256)
        with self._database.read() as connection:
            if candidates is None:
                found = list(connection.scalars(unused))
            else:
                found = [
                    sha256
                    for part in batches(candidates)
                    for sha256 in connection.scalars(unused.where(blobs.c.sha256.in_(part)))
                ]
        if found:
            self._erase(found)
        return tuple(found)

    def clear_partial(self) -> None:
        """Erase copies that were never finished. Call it only while holding the writer's lock."""
        for file in (self._folder / "partial").glob("*"):
            file.unlink(missing_ok=True)

    def _new_partial(self) -> Path:
        private_folder(self._folder)
        return private_folder(self._folder / "partial") / secrets.token_hex(8)

    def _place(self, partial: Path, sha256: str) -> str:
        with self._database.write() as connection:
            if connection.scalar(select(blobs.c.sha256).where(blobs.c.sha256 == sha256)) is None:
                connection.execute(
                    insert(blobs).values(sha256=sha256, size=partial.stat().st_size, created_at=utc_now())
                )
        target = self.path(sha256)
        if not self.is_whole(sha256):  # missing, or damaged since: what was just copied takes its place
            target.parent.mkdir(exist_ok=True, mode=0o700)
            partial.replace(target)
            _flush_folder(target.parent)
        return sha256

    def _erase(self, found: list[str]) -> None:
        try:
            for sha256 in found:
                self.path(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise _translated(error, self._folder) from None
        with self._database.write() as connection:
            for part in batches(found):
                connection.execute(delete(blobs).where(blobs.c.sha256.in_(part)))


def _copy(stream: BinaryIO, target: Path) -> str:
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
        while block := stream.read(_BLOCK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; the rename is journalled by the file system
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _translated(error: OSError, folder: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("disk_full", place=folder)
    return StorageError("store_not_writable", place=folder, reason=error.strerror or type(error).__name__)
