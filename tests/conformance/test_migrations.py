"""Upgrades: homes that older versions wrote come up with every row, homes of newer ones are refused, and
nothing is lost on the way."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, String, Table, text

from rag.build import open_home
from rag.core.errors import ConfigurationError, StorageError
from rag.core.types import Done, Filters
from rag.pipeline import Question
from rag.server.identity.identities import Identities
from rag.server_settings import ServerSettings
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.identity.merges import MergeStore
from rag.store.migrations.__main__ import write_revision
from rag.store.migrations.backups import backups_of
from rag.store.migrations.revisions import OURS, Revisions
from rag.store.people.accounts import AccountStore
from rag.store.people.audit import AuditLog
from rag.store.people.conversations import ConversationStore, Feedback
from rag.store.people.tables import metadata
from rag.store.people.uploads import UploadStore
from rag.store.tables import Id
from tests.conformance.stored_homes import lay_postgres, lay_sqlite
from tests.server.serving import settings_for

QUOTE = "Prothèse totale de hanche droite posée par voie antérieure. Pertes sanguines de 350 mL."
FAILING = """
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.execute("DELETE FROM audit")
    op.execute("DELETE FROM nowhere")
"""


@pytest.fixture
def old_home(store_url: str | None, tmp_path: Path) -> Path:
    """A home that version 0.1.0 wrote, on each kind of database."""
    if store_url is None:
        return lay_sqlite(tmp_path / "home")
    lay_postgres(store_url)
    return tmp_path / "home"


@pytest.fixture
def upgraded(old_home: Path, store_url: str | None) -> Iterator[Database]:
    database = Database.open(old_home, store_url)
    yield database
    database.close()


@pytest.fixture
def failing(tmp_path: Path) -> Revisions:
    """Our revisions, and one more that fails half way."""
    folder = Path(
        shutil.copytree(OURS.folder, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    )
    (folder / "versions" / "r9999_fails.py").write_text(FAILING.format(head=OURS.head), encoding="utf-8")
    return Revisions(folder)


def schema_of(connection: Connection) -> list[tuple[object, ...]]:
    """Every table, column, constraint and index as the database itself knows them."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("select type, name, sql from sqlite_master where sql is not null order by name")
        )
        return [(kind, name, sorted(re.split(r"[\s,()\"]+", sql))) for kind, name, sql in found]
    columns = connection.execute(
        text(
            "select table_name, column_name, data_type, character_maximum_length, collation_name, is_nullable"
            " from information_schema.columns where table_schema = current_schema() order by table_name,"
            " column_name"
        )
    )
    indexes = connection.execute(
        text(
            "select tablename, indexname, indexdef from pg_indexes where schemaname = current_schema() order"
            " by indexname"
        )
    )
    constraints = connection.execute(
        text(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
            "where connamespace = current_schema()::regnamespace order by 1, 2"
        )
    )
    return [tuple(row) for rows in (columns, indexes, constraints) for row in rows]


def test_revisions_follow_one_another_by_number() -> None:
    scripts = ScriptDirectory(str(OURS.folder))
    assert scripts.get_heads() == [OURS.head]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(OURS.known)
    assert list(OURS.known) == [f"{number:04}" for number in range(1, len(OURS.known) + 1)]


def test_the_tables_are_what_the_revisions_make(
    upgraded: Database, tmp_path: Path, store_url: str | None
) -> None:
    with upgraded.read() as connection:
        assert (
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
            == []
        )
        by_revisions = schema_of(connection)
    if store_url is not None:
        with upgraded.write() as connection:
            metadata.drop_all(connection)
            connection.execute(text("drop table alembic_version"))
    fresh = Database.open(tmp_path / "fresh", store_url)
    with fresh.read() as connection:
        assert schema_of(connection) == by_revisions
    fresh.close()


def test_revisions_alone_make_the_tables_too(database: Database, store_url: str | None) -> None:
    with database.read() as connection:
        made = schema_of(connection)
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("drop table alembic_version"))
    with database.write() as connection:
        OURS.upgrade(connection)
    with database.read() as connection:
        assert schema_of(connection) == made


def test_an_old_home_comes_up_with_every_document(upgraded: Database) -> None:
    store = DocumentStore(upgraded)
    assert [one.doc_id for one in store.list()] == ["demo-a-letter", "demo-a-op", "demo-article", "demo-b-op"]
    found = store.get("demo-a-op")
    assert found is not None
    assert found.text[84:171] == QUOTE
    assert store.passage_total() == 6
    assert store.unfinished() == ()
    assert MergeStore(upgraded).survivor("DEMO-OLD") == "DEMO-A"


def test_an_old_home_comes_up_with_its_people_answers_and_audit(upgraded: Database) -> None:
    accounts = AccountStore(upgraded)
    identities = Identities(accounts, ServerSettings())
    _, caller = identities.sign_in("dupond-test", "correct-horse-battery")
    assert (caller.role, caller.scope.patient_ids) == ("clinician", frozenset({"DEMO-A", "DEMO-B"}))
    assert [token.label for token in accounts.tokens_of(caller.account_id)] == ["script"]
    store = ConversationStore(upgraded)
    [conversation] = store.of_account(caller.account_id)
    [turn] = store.turns(conversation.conversation_id)
    assert (turn.question, turn.patients) == ("Quelles ont été les pertes sanguines ?", frozenset({"DEMO-A"}))
    assert store.comments([turn.turn_id]) == {turn.turn_id: [Feedback(turn.turn_id, 0, "good", "exact")]}
    [entry] = AuditLog(upgraded).entries()
    assert (entry.name, entry.action, entry.patient_id, entry.doc_ids) == (
        "dupond-test",
        "ask",
        "DEMO-A",
        ("demo-a-op",),
    )
    [upload] = UploadStore(upgraded).of_account("any") or UploadStore(upgraded).of_account(caller.account_id)
    assert upload.files[0].doc_ids == ("demo-a-letter",)
    AuditLog(upgraded).write([entry])  # numbers go on where they were
    assert len(AuditLog(upgraded).entries()) == 2


def test_an_old_home_answers_as_it_did(tmp_path: Path) -> None:
    home = lay_sqlite(tmp_path / "home")
    with open_home(settings_for(tmp_path), home, allow_fallback=True) as opened:
        assert opened.mend_index() is not None
        question = Question(
            "Quelles ont été les pertes sanguines ?", "fr", Filters.for_patient("DEMO-A", literature=False)
        )
        *_, done = opened.pipeline().stream(question, use_llm=False)
        assert isinstance(done, Done)
        [claim] = done.answer.claims
        assert claim.text == QUOTE
        [conversation] = ConversationStore(opened.store.database).of_account(
            AccountStore(opened.store.database).named("dupond-test").account_id
        )
        [turn] = ConversationStore(opened.store.database).turns(conversation.conversation_id)
        assert turn.answer["claims"][0]["text"] == claim.text  # type: ignore[index]


def test_the_file_is_copied_before_an_upgrade_for_its_owner_alone(tmp_path: Path) -> None:
    home = lay_sqlite(tmp_path / "home")
    Database.open(home).close()
    [copy] = backups_of(home / "traboule.db")
    assert copy.name.startswith(f"traboule.db.before-{OURS.head}-20")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("select value from meta where key = 'schema'").fetchall() == [("1",)]
        assert connection.execute("select count(*) from documents").fetchall() == [(4,)]
    Database.open(home).close()
    assert backups_of(home / "traboule.db") == [copy]


def test_a_new_home_is_not_copied(tmp_path: Path) -> None:
    Database.open(tmp_path / "home").close()
    assert backups_of(tmp_path / "home" / "traboule.db") == []


def test_an_erasure_leaves_no_copy_that_holds_what_was_erased(tmp_path: Path) -> None:
    home = lay_sqlite(tmp_path / "home")
    with open_home(settings_for(tmp_path), home, allow_fallback=True) as opened:
        opened.forget(patient_id="DEMO-A")
    assert backups_of(home / "traboule.db") == []
    assert not any(b"Zorbalexine" in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_an_upgrade_that_fails_changes_nothing_and_leaves_the_copy(
    tmp_path: Path, failing: Revisions
) -> None:
    home = lay_sqlite(tmp_path / "home")
    with pytest.raises(StorageError):
        Database.open(home, revisions=failing)
    assert len(backups_of(home / "traboule.db")) == 1
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        assert connection.execute("select count(*) from audit").fetchall() == [(1,)]
        assert connection.execute("select value from meta where key = 'schema'").fetchall() == [("1",)]
    Database.open(home).close()


def test_a_failed_upgrade_of_a_server_changes_nothing(
    postgres_url: str, tmp_path: Path, failing: Revisions
) -> None:
    lay_postgres(postgres_url)
    with pytest.raises(StorageError):
        Database.open(tmp_path, postgres_url, failing)
    database = Database.open(tmp_path, postgres_url)
    assert len(AuditLog(database).entries()) == 1
    database.close()


def test_where_no_copy_can_be_made_nothing_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lay_sqlite(tmp_path / "home")

    open_file = os.open

    def full(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if ".before-" in str(path):
            raise OSError(28, "No space left on device")
        return open_file(path, flags, mode)

    with monkeypatch.context() as patched:
        patched.setattr("os.open", full)
        with pytest.raises(StorageError) as caught:
            Database.open(home)
    assert caught.value.key == "store_not_backed_up"
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        assert connection.execute("select value from meta where key = 'schema'").fetchall() == [("1",)]


@pytest.mark.parametrize(
    "statement", ["update alembic_version set version_num = '7777'", "drop table alembic_version"]
)
def test_a_home_of_a_newer_version_is_refused_with_the_mend(
    database: Database, tmp_path: Path, store_url: str | None, statement: str
) -> None:
    with database.write() as connection:
        connection.execute(text(statement))
    with pytest.raises(ConfigurationError) as caught:
        Database.open(tmp_path / "home", store_url)
    assert caught.value.key == "store_newer_schema"
    assert "newer version" in caught.value.describe("en")
    assert "plus récente" in caught.value.describe("fr")


def test_openers_at_the_same_time_upgrade_once(old_home: Path, store_url: str | None) -> None:
    opened: list[Database] = []
    failed: list[BaseException] = []
    start = threading.Barrier(4)

    def open_it() -> None:
        start.wait()
        try:
            opened.append(Database.open(old_home, store_url))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in opened:
        database.close()
    assert failed == []
    assert len(opened) == 4
    if store_url is None:
        assert len(backups_of(old_home / "traboule.db")) == 1


def test_the_next_revision_is_drafted_from_what_the_tables_have_more(tmp_path: Path) -> None:
    folder = Path(
        shutil.copytree(OURS.folder, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    )
    added = Table(
        "orders", metadata, Column("order_id", Id, primary_key=True), Column("name", String, index=True)
    )
    try:
        file = write_revision("Add a table of orders.", Revisions(folder))
    finally:
        metadata.remove(added)
    assert file.name == f"r{int(OURS.head) + 1:04}_add_a_table_of_orders.py"
    drafted = file.read_text(encoding="utf-8")
    assert f"down_revision = {OURS.head!r}" in drafted
    assert "sa.Column('order_id', Id, nullable=False)" in drafted
    assert drafted.count("create_table") == 1
    assert "drop_table" not in drafted


def test_version_0_1_0_refuses_a_home_of_this_version(upgraded: Database, tmp_path: Path) -> None:
    fresh = Database.open(tmp_path / "fresh")
    for home in (upgraded, fresh):
        with home.read() as connection:  # it takes 1 for its own, and nothing else
            assert connection.scalar(text("select value from meta where key = 'schema'")) == "2"
    fresh.close()
