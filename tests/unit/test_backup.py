"""Backups: what goes in comes back, and what is not whole is not restored."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from rag.backup.restoring import restore
from rag.backup.saving import MANIFEST, save
from rag.backup.sealing import SealedReader, SealingWriter
from rag.core.errors import ParseError, StorageError, TrabouleError, UsageError
from rag.store.database import Database
from rag.store.sources import SourceStore

PASSPHRASE = "une phrase de passe fictive"


def unheard(done: int, total: int, /) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a registry, a stored file, an upload that waits, an index and a model."""
    folder = tmp_path / "home"
    database = Database.open(folder)
    source = tmp_path / "letter.txt"
    source.write_text("Lettre fictive.", encoding="utf-8")
    SourceStore(database, folder / "sources").put(source)
    database.close()
    for name in ("uploads/u1.bin", "audit/head.json", "index/shard-1/vectors", "models/e5.bin"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder but its databases, whose bytes change with every opening."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(("traboule.db", "writer.lock"))
    }


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_what_a_home_holds_comes_back(home: Path, tmp_path: Path, passphrase: str | None) -> None:
    database = Database.open(home)  # it is in use meanwhile
    saved = save(home, tmp_path / "backup", passphrase=passphrase, on_saved=unheard)
    database.close()
    back = tmp_path / "back"
    assert restore(tmp_path / "backup", back, passphrase=passphrase, on_saved=unheard) == saved
    held = {name: data for name, data in contents(home).items() if not name.startswith(("index/", "models/"))}
    assert contents(back) == held
    assert {"uploads/u1.bin", "audit/head.json"} < set(held)
    Database.open(back).close()
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    assert (b"Lettre fictive." in (tmp_path / "backup").read_bytes()) is (passphrase is None)


def test_a_home_that_holds_something_is_left_alone(home: Path, tmp_path: Path) -> None:
    save(home, tmp_path / "backup", passphrase=None, on_saved=unheard)
    with pytest.raises(UsageError, match="holds files already"):
        restore(tmp_path / "backup", home, passphrase=None, on_saved=unheard)
    with pytest.raises(UsageError, match="is there already"):
        save(home, tmp_path / "backup", passphrase=None, on_saved=unheard)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
@pytest.mark.parametrize("fault", ["cut", "changed", "other_file"])
def test_a_backup_that_is_not_whole_leaves_nothing(
    home: Path, tmp_path: Path, passphrase: str | None, fault: str
) -> None:
    file = tmp_path / "backup"
    save(home, file, passphrase=passphrase, on_saved=unheard)
    data = bytearray(file.read_bytes())
    if fault == "cut":
        data = data[: len(data) // 2]
    elif fault == "changed":
        place = data.index(b"SQLite format 3") if passphrase is None else len(data) // 2
        data[place] ^= 0xFF
    else:
        data = bytearray(b"%PDF-1.7 nothing of ours")
    file.write_bytes(data)
    with pytest.raises(ParseError, match="Nothing was restored"):
        restore(file, tmp_path / "back", passphrase=passphrase, on_saved=unheard)
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".traboule*"))


def test_a_sealed_backup_needs_its_passphrase(home: Path, tmp_path: Path) -> None:
    save(home, tmp_path / "backup", passphrase=PASSPHRASE, on_saved=unheard)
    with pytest.raises(UsageError, match="is sealed"):
        restore(tmp_path / "backup", tmp_path / "back", passphrase=None, on_saved=unheard)
    with pytest.raises(ParseError, match="another passphrase"):
        restore(tmp_path / "backup", tmp_path / "back", passphrase="une autre phrase", on_saved=unheard)


@pytest.mark.parametrize("last", ["dropped", "swapped"])
def test_sealed_blocks_keep_their_order_and_their_end(last: str) -> None:
    sink = io.BytesIO()
    with SealingWriter(sink, PASSPHRASE) as sealed:
        sealed.write(b"a" * (1 << 20) + b"b" * (1 << 20) + b"c")
    data = sink.getvalue()
    head, block = len(data) - (2 * ((1 << 20) + 20) + 21), (1 << 20) + 20
    first, second, end = data[head : head + block], data[head + block : head + 2 * block], data[-21:]
    broken = data[:head] + (first + second if last == "dropped" else second + first + end)
    assert (
        SealedReader(io.BytesIO(data), PASSPHRASE, "x").readall()
        == b"a" * (1 << 20) + b"b" * (1 << 20) + b"c"
    )
    with pytest.raises(TrabouleError):
        SealedReader(io.BytesIO(broken), PASSPHRASE, "x").readall()


def test_a_backup_of_a_newer_program_is_refused(home: Path, tmp_path: Path) -> None:
    save(home, tmp_path / "backup", passphrase=None, on_saved=unheard)
    with tarfile.open(tmp_path / "backup") as archive, tarfile.open(tmp_path / "newer", "w") as newer:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None
            data = content.read()
            if entry.name == MANIFEST:
                data = json.dumps({**json.loads(data), "revision": "r9999"}).encode()
                entry.size = len(data)
            newer.addfile(entry, io.BytesIO(data))
    with pytest.raises(ParseError, match="newer than this one"):
        restore(tmp_path / "newer", tmp_path / "back", passphrase=None, on_saved=unheard)


def test_names_that_lead_out_of_the_home_are_refused(home: Path, tmp_path: Path) -> None:
    save(home, tmp_path / "backup", passphrase=None, on_saved=unheard)
    with tarfile.open(tmp_path / "backup", "a") as archive:
        entry = tarfile.TarInfo("../outside")
        archive.addfile(entry, io.BytesIO())
    with pytest.raises(ParseError):
        restore(tmp_path / "backup", tmp_path / "back", passphrase=None, on_saved=unheard)
    assert not (tmp_path / "outside").exists()


def test_a_registry_that_names_what_is_gone_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / "traboule.db")) as database:
        (sha256,) = database.execute("select sha256 from blobs").fetchone()
    (home / "sources" / sha256[:2] / sha256[2:]).unlink()
    with pytest.raises(StorageError, match="doctor"):
        save(home, tmp_path / "backup", passphrase=None, on_saved=unheard)
    assert not list(tmp_path.glob("*backup*"))
