"""Writing a backup of a home while it is in use.

The file is a tar: ``manifest.json`` first, then every file of the home but the index, the models, locks and
what a database keeps beside itself. Databases are copied as they were last committed, the registry before
the stored files, which are those that this registry names. What is erased meanwhile cannot be copied any
more: then the registry is copied anew, so that a backup never names what it lacks.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Protocol

from rag.backup.sealing import SealingWriter
from rag.core.errors import StorageError, UsageError
from rag.store.records import utc_now

FORM = "traboule-backup/1"
MANIFEST = "manifest.json"
REGISTRY = "traboule.db"
_SOURCES = "sources"
_LEFT_OUT = ("index", "images", "images.version", "models")
"""What can be made again: the indexes from the registry and the sources, models from where they came."""
_BESIDE = ("-wal", "-shm", "-journal", ".lock")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``revision`` is that of the registry's tables."""

    form: str
    made_at: str
    traboule: str
    revision: str
    documents: int
    passages: int
    patients: int
    files: int
    bytes: int


class OnSaved(Protocol):
    """Is told how many bytes of how many are written."""

    def __call__(self, done: int, total: int, /) -> None:
        """Take note."""


def save(home: Path, target: Path, *, passphrase: str | None, on_saved: OnSaved) -> Manifest:
    """Write a backup of a home into a file, for this account alone; readers and writers go on meanwhile.

    Raises:
        UsageError: the file is there already, or the folder holds no registry.
        StorageError: something cannot be read or written; nothing is left of the file.
    """
    if target.exists():
        raise UsageError("backup_there", file=target)
    if not (home / REGISTRY).is_file():
        raise UsageError("backup_no_home", home=home)
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".traboule-backup-", dir=target.parent) as aside:
            copies = Path(aside)
            members = _members(home, copies)
            manifest = _manifest(copies / REGISTRY, members)
            with _sink(part, passphrase) as sink:
                _write(sink, manifest, members, on_saved)
        part.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise StorageError("backup_not_written", file=target, reason=reason) from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _members(home: Path, copies: Path) -> dict[str, Path]:
    """Return what to write: names in the backup with the files that hold it."""
    for _ in range(_TRIES):
        databases = {file.name: file for file in home.glob("*.db") if file.is_file()}
        found = {name: _copied(file, copies / name) for name, file in databases.items()}
        found |= dict(_plain(home))
        stored = {
            f"{_SOURCES}/{one[:2]}/{one[2:]}": home / _SOURCES / one[:2] / one[2:]
            for one in _stored(copies / REGISTRY)
        }
        if all(file.is_file() for file in stored.values()):
            return found | stored
    raise StorageError("backup_sources_missing", home=home)


def _copied(database: Path, copy: Path) -> Path:
    os.close(os.open(copy, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as sink:
        source.backup(sink)
        sink.execute("PRAGMA journal_mode=DELETE")
    return copy


def _plain(home: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(home.rglob("*")):
        place = file.relative_to(home)
        is_database = len(place.parts) == 1 and (file.suffix == ".db" or ".db.before-" in file.name)
        if (
            file.is_symlink()
            or not file.is_file()
            or is_database
            or place.parts[0] in (*_LEFT_OUT, _SOURCES)
            or file.name.endswith(_BESIDE)
        ):
            continue
        yield place.as_posix(), file


def _stored(registry: Path) -> list[str]:
    with closing(sqlite3.connect(registry)) as database:
        return [str(row[0]) for row in database.execute("select sha256 from blobs order by sha256")]


def _manifest(registry: Path, members: dict[str, Path]) -> Manifest:
    with closing(sqlite3.connect(registry)) as database:
        revision, documents, passages, patients = database.execute(
            "select (select version_num from alembic_version), count(*), coalesce(sum(passages), 0), "
            "count(distinct patient_id) from documents where status = 'ready'"
        ).fetchone()
    size = sum(file.stat().st_size for file in members.values())
    return Manifest(
        FORM,
        utc_now(),
        version("traboule"),
        str(revision),
        int(documents),
        int(passages),
        int(patients),
        len(members),
        size,
    )


@contextmanager
def _sink(part: Path, passphrase: str | None) -> Iterator[BinaryIO]:
    handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        if passphrase is None:
            yield file
        else:
            with io.BufferedWriter(SealingWriter(file, passphrase), 1 << 20) as sealed:
                yield sealed
        file.flush()
        os.fsync(file.fileno())


def _write(sink: BinaryIO, manifest: Manifest, members: dict[str, Path], on_saved: OnSaved) -> None:
    done = 0
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        head = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(head), 0o600
        archive.addfile(entry, io.BytesIO(head))
        for name, file in members.items():
            entry = tarfile.TarInfo(name)
            with file.open("rb") as source:
                entry.size, entry.mode = os.fstat(source.fileno()).st_size, 0o600
                archive.addfile(entry, source)
            done += entry.size
            on_saved(done, manifest.bytes)
