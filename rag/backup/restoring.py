"""Bringing a backup back into an empty home.

Everything is written beside the home first, checked, and only then moved to its place: a backup that is
damaged, cut off, or of a newer Traboule leaves nothing behind. The index is not in a backup; whoever restores
builds it from the registry.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from rag.backup.saving import FORM, MANIFEST, REGISTRY, Manifest, OnSaved
from rag.backup.sealing import MARK, SealedReader
from rag.core.errors import ParseError, StorageError, UsageError
from rag.store.migrations.revisions import OURS

_ALLOWED = ("models", "traboule.toml")
"""What a home may hold before: models, and the settings it was told to be restored with."""


def is_sealed(backup: Path) -> bool:
    """Tell whether a backup needs its passphrase.

    Raises:
        UsageError: it cannot be opened.
    """
    try:
        with backup.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError as error:
        raise UsageError("backup_unreadable", file=backup, reason=error.strerror) from None


def restore(backup: Path, home: Path, *, passphrase: str | None, on_saved: OnSaved) -> Manifest:
    """Write the files of a backup into a home that holds nothing yet.

    Raises:
        UsageError: the home holds something, or the backup cannot be opened.
        ParseError: it is no backup, damaged, cut off, of another passphrase, or made by a newer Traboule.
        StorageError: the home cannot be written.
    """
    if home.exists() and any(entry.name not in _ALLOWED for entry in home.iterdir()):
        raise UsageError("backup_home_not_empty", home=home)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".traboule-restore-", dir=home.parent) as aside:
            folder = Path(aside) / "home"
            folder.mkdir(mode=0o700)
            manifest = _unpacked(backup, folder, passphrase, on_saved)
            _check(folder, manifest, backup)
            home.mkdir(mode=0o700, exist_ok=True)
            for entry in sorted(folder.iterdir()):
                if not (home / entry.name).exists():
                    shutil.move(entry, home / entry.name)
    except OSError as error:
        raise StorageError("backup_not_restored", home=home, reason=error.strerror or str(error)) from None
    return manifest


def _unpacked(backup: Path, folder: Path, passphrase: str | None, on_saved: OnSaved) -> Manifest:
    try:
        with _source(backup, passphrase) as source, tarfile.open(fileobj=source, mode="r|") as archive:
            manifest, done = None, 0
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None:
                    raise ParseError("backup_damaged", file=backup)
                if manifest is None:
                    manifest = _manifest(entry, content.read(), backup)
                    continue
                _put(content, folder / _safe(entry.name, backup))
                done += entry.size
                on_saved(done, manifest.bytes)
            if manifest is None or done != manifest.bytes:
                raise ParseError("backup_damaged", file=backup)
            return manifest
    except (tarfile.TarError, EOFError):
        raise ParseError("backup_damaged", file=backup) from None


@contextmanager
def _source(backup: Path, passphrase: str | None) -> Iterator[BinaryIO]:
    sealed = is_sealed(backup)
    if sealed and passphrase is None:
        raise UsageError("backup_needs_passphrase", file=backup)
    with backup.open("rb") as file:
        if sealed:
            reader = SealedReader(file, passphrase or "", str(backup))
            yield io.BufferedReader(reader, 1 << 20)
        else:
            yield file


def _manifest(entry: tarfile.TarInfo, content: bytes, backup: Path) -> Manifest:
    try:
        told = json.loads(content) if entry.name == MANIFEST else {}
        manifest = Manifest(**{one.name: told[one.name] for one in fields(Manifest)})
    except (ValueError, KeyError, TypeError):
        raise ParseError("backup_damaged", file=backup) from None
    if manifest.form != FORM or manifest.revision not in OURS.known:
        raise ParseError("backup_newer", file=backup, version=manifest.traboule)
    return manifest


def _safe(name: str, backup: Path) -> Path:
    """Return the place of a member inside the home; a name that leads out of it is no name of ours."""
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or not place.parts or "\\" in name:
        raise ParseError("backup_damaged", file=backup)
    return Path(*place.parts)


def _put(content: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as sink:
        shutil.copyfileobj(content, sink, 1 << 20)


def _check(folder: Path, manifest: Manifest, backup: Path) -> None:
    """See that the registry is whole and that every stored file is there."""
    try:
        with closing(sqlite3.connect(folder / REGISTRY)) as database:
            whole = database.execute("pragma quick_check").fetchone()[0] == "ok"
            documents = database.execute("select count(*) from documents where status = 'ready'").fetchone()[
                0
            ]
            stored = [row[0] for row in database.execute("select sha256 from blobs")]
    except sqlite3.Error:
        raise ParseError("backup_damaged", file=backup) from None
    lacking = any(not (folder / "sources" / one[:2] / one[2:]).is_file() for one in stored)
    if not whole or documents != manifest.documents or lacking:
        raise ParseError("backup_damaged", file=backup)
