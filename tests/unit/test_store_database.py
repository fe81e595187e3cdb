"""The database of a home: what goes wrong with it, and what is left of what was erased."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from rag.core.errors import ConfigurationError, StorageError, TrabouleError, Unavailable
from rag.core.types import Document, Source
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.sources import SourceStore

SECRET = "Madame Presqu'île porte une prothèse"


def document(body: str) -> Document:
    source = Source("file:///a.txt", "text/plain", "0" * 64, "plain/1", "2026-11-01T00:00:00+00:00")
    return Document(doc_id="d1", source=source, kind="note", title="t", text=body, language="fr")


def test_home_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    Database.open(tmp_path / "home").close()
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home" / "traboule.db").stat().st_mode) == 0o600


def test_opening_twice_finds_what_was_written(tmp_path: Path) -> None:
    first = Database.open(tmp_path)
    DocumentStore(first).begin(document("x"), "r1", 1)
    first.close()
    second = Database.open(tmp_path)
    assert DocumentStore(second).unfinished() == ("d1",)
    second.close()


def test_erased_text_is_nowhere_in_the_files(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    store = DocumentStore(database)
    store.begin(document(SECRET * 500), "r1", 1)
    store.commit("d1", "r1")
    assert SECRET.encode() in (tmp_path / "traboule.db-wal").read_bytes()
    store.delete("d1")
    database.scrub()
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    database.close()


def test_file_that_is_no_database_is_reported_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "traboule.db").write_bytes(b"this is not a database, " * 100)
    with pytest.raises(StorageError) as caught:
        Database.open(tmp_path)
    assert caught.value.key == "store_damaged"


def test_home_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(StorageError) as caught:
        Database.open(tmp_path / "home")
    assert caught.value.key == "store_not_writable"


@pytest.mark.parametrize("url", ["no address", "nosuchdialect://host/db"])
def test_address_that_is_not_understood_names_the_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"store\.url"):
        Database.open(tmp_path, url)


def test_server_that_does_not_answer_is_unavailable_and_its_password_unsaid(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        Database.open(tmp_path, "postgresql://user:hunter2@127.0.0.1:1/db?connect_timeout=2")
    assert "hunter2" not in str(caught.value)


def test_failed_statement_says_nothing_of_its_parameters(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    with pytest.raises(StorageError) as caught, database.write() as connection:
        connection.execute(text("insert into nowhere values (:body)"), {"body": SECRET})
    assert "prothèse" not in str(caught.value)
    assert caught.value.__cause__ is None
    database.close()


def test_full_disk_is_named_and_changes_nothing(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    store = DocumentStore(database)
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=60")  # SQLite then says what it says on a full disk
    with pytest.raises(StorageError) as caught:
        store.begin(document("x" * 400_000), "r1", 1)
    assert caught.value.key == "disk_full"
    assert store.unfinished() == ()
    database.close()


def test_full_disk_while_copying_a_source_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(tmp_path)
    sources = SourceStore(database, tmp_path / "sources")
    (tmp_path / "a").write_bytes(b"x" * 1000)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError) as caught:
        sources.put(tmp_path / "a")
    assert caught.value.key == "disk_full"
    assert [file for file in (tmp_path / "sources").rglob("*") if file.is_file()] == []
    database.close()


def test_error_of_the_caller_passes_through_a_transaction(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    with pytest.raises(TrabouleError) as caught, database.write():
        raise StorageError("disk_full", place="elsewhere")
    assert caught.value.variables["place"] == "elsewhere"
    database.close()
