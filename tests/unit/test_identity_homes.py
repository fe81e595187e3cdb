"""Homes of before the identity desk open as they are: new tables are made, and what was merged stays so."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, text

from rag.store.database import Database
from rag.store.identity.desk import IdentityStore
from rag.store.identity.merges import MergeStore
from tests.unit.ingesting import open_home
from tests.unit.test_identity_desk import merge, patients, report

_NEW = (
    "identity_claims",
    "identity_holds",
    "identity_proposals",
    "identity_assignments",
    "traits",
    "tombstones",
    "erasures",
    "text_copies",
    "emergencies",
    "protections",
    "protection_rights",
    "oppositions",
)
_NEW_IN_RELATIONS = ("date_from", "date_until")
_NEW_IN_AUDIT = ("address", "detail", "chain")


def older(home: Path) -> None:
    """Make of a home what it was before there was a desk: a flat row for a merge, none of its tables."""
    engine = create_engine(f"sqlite:///{home / 'traboule.db'}")
    with engine.begin() as connection:
        for name in _NEW:
            connection.execute(text(f"drop table {name}"))
        for name in _NEW_IN_RELATIONS:
            connection.execute(text(f"alter table care drop column {name}"))
        for name in _NEW_IN_AUDIT:
            connection.execute(text(f"alter table audit drop column {name}"))
        connection.execute(text("update alembic_version set version_num = '0003'"))
        connection.execute(
            text(
                "insert into patient_merges values ('P0', 'P1', 'merge', 'file:///x',"
                " '2026-01-01T00:00:00+00:00')"
            )
        )
    engine.dispose()


def test_an_older_home_opens_and_its_merges_hold(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        home.ingest(report(tmp_path, "a", "P1"))
    older(tmp_path / "home")
    with open_home(tmp_path / "home", home.index) as home:
        home.ingest(report(tmp_path, "z", "P0"), report(tmp_path, "b", "P2"), merge(tmp_path, "P1", "P2"))
        assert patients(home) == {"Bilan a": "P1", "Bilan z": "P1", "Bilan b": "P2"}
        (proposal,) = IdentityStore(home.store.database).proposals()
        home.ingestor.desk.confirm(proposal.proposal_id, "x")
        assert set(patients(home).values()) == {"P2"}
        assert home.store.surviving(["P0"]) == {"P2"}
        home.ingestor.desk.reverse(proposal.proposal_id, "x")
        assert patients(home) == {"Bilan a": "P1", "Bilan z": "P1", "Bilan b": "P2"}


def test_steps_that_go_round_end_all_the_same(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    with database.write() as connection:
        for old, new in (("A", "B"), ("B", "A")):
            connection.execute(text(f"insert into patient_merges values ('{old}', '{new}', 'merge', '', '')"))
    assert MergeStore(database).surviving(["A"]).keys() == {"A"}
    database.close()
