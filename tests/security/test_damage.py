"""What was damaged or left over from earlier versions does not stay unseen: ``traboule doctor`` finds copies
that changed, vectors that are none and papers of patients among the literature; old digests of passwords are
renewed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from rag.build import open_home
from rag.cli.damage import record_damage
from rag.cli.session import Session
from rag.server.identity import passwords
from rag.server.identity.identities import Identities
from rag.server.identity.passwords import is_outdated
from rag.server_settings import ServerSettings
from rag.store.database import Database
from rag.store.people.accounts import AccountStore, NewAccount
from rag.store.tables import documents
from tests.server.serving import settings_for

NOTE = "Le patient a une prothèse de hanche. Saignement estimé à 350 ml."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "files" / "patients" / "DEMO-A"
    place.mkdir(parents=True)
    (place / "2026-03-12_note.txt").write_text(NOTE, encoding="utf-8")
    (place / "2026-04-12_note.txt").write_text("Marche sans canne.", encoding="utf-8")
    with open_home(settings_for(tmp_path), tmp_path / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([tmp_path / "files"])
        session = Session(tmp_path / "home", settings_for(tmp_path), "en")
        assert list(record_damage(session, opened)) == []
    return tmp_path / "home"


def test_a_copy_that_changed_is_found_and_taken_anew_when_its_file_is_read_again(
    home: Path, tmp_path: Path
) -> None:
    blob = next(
        path for path in (home / "sources").rglob("*") if path.is_file() and b"350" in path.read_bytes()
    )
    blob.write_bytes(blob.read_bytes().replace(b"350", b"950"))
    with open_home(settings_for(tmp_path), home, allow_fallback=True) as opened:
        assert len(opened.damaged_copies()) == 1
        opened.ingestor.inputs.delete([path.as_uri() for path in (tmp_path / "files").rglob("*.txt")])
        opened.ingestor.ingest([tmp_path / "files"])
        assert opened.damaged_copies() == ()
    assert b"350" in blob.read_bytes()


def test_a_vector_that_is_none_is_found(home: Path, tmp_path: Path) -> None:
    session = Session(home, settings_for(tmp_path), "en")
    with open_home(settings_for(tmp_path), home, allow_fallback=True) as opened:
        opened.mend_index()
        index = opened.index

        class Damaged:
            def __getattr__(self, name: str) -> object:
                return getattr(index, name)

            def vectors(self, ids: list[str]) -> dict[str, tuple[float, ...]]:
                found = dict(index.vectors(ids))
                name = min(found)
                return {**found, name: tuple(float("nan") for _ in found[name])}

        (told,) = record_damage(session, replace(opened, index=Damaged()))  # type: ignore[arg-type]
    assert told[:2] == ("index", "bad")
    assert told[2].startswith("2 vectors")


def test_a_patients_paper_that_an_earlier_version_read_as_literature_is_listed(
    home: Path, tmp_path: Path
) -> None:
    session = Session(home, settings_for(tmp_path), "en")
    with open_home(settings_for(tmp_path), home, allow_fallback=True) as opened:
        (doc_id, _) = opened.store.of_patient("DEMO-A")
        words = "Laboratoire. Né le 02/03/1950, IPP 8001234567. Kaliémie 3,1 mmol/L."
        with opened.store.database.write() as connection:
            changed = {"patient_id": None, "text": words}
            connection.execute(update(documents).where(documents.c.doc_id == doc_id).values(**changed))
        found = [one for one in record_damage(session, opened) if one[1] == "note"]
    assert len(found) == 1
    assert doc_id in found[0][2]


def test_a_digest_made_with_older_parameters_is_made_anew_at_the_next_sign_in(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "home")
    accounts = AccountStore(database)
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct-horse-battery")
    account = accounts.add(NewAccount("anne", "clinician", old), must_change=False)
    assert is_outdated(old)
    identities = Identities(accounts, ServerSettings())
    identities.sign_in("anne", "correct-horse-battery")
    kept = accounts.get(account.account_id)
    assert kept is not None
    assert kept.password is not None
    assert not is_outdated(kept.password)
    assert passwords.matches("correct-horse-battery", kept.password)
    assert not kept.must_change
    database.close()
