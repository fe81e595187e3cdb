"""Forgetting: nothing of what was erased is left in the index, the registry, the copies or the failed
readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import StorageError
from rag.core.types import Filters
from tests.unit.ingesting import Home, open_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    folder = tmp_path / "patients"
    for patient in ("P1", "P2"):
        (folder / patient).mkdir(parents=True)
        (folder / patient / "2026-01-01_note.txt").write_text(
            f"Le patient {patient} est opéré du genou presqu'île."
        )
        (folder / patient / "2026-02-02_lettre.txt").write_text(
            f"Le patient {patient} va bien, suites calmes."
        )
    return folder


def everything(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.folder.rglob("*")) if path.is_file())


def test_patient_is_erased_everywhere_and_the_others_stay(home: Home, patients: Path) -> None:
    home.ingest(patients)
    erased = home.ingestor.forget(patient_id="P1")
    assert (len(erased.doc_ids), erased.passages, len(erased.sources), erased.inputs) == (2, 2, 2, 2)
    assert sorted(text.splitlines()[-1] for text in erased.texts) == [
        "Le patient P1 est opéré du genou presqu'île.",
        "Le patient P1 va bien, suites calmes.",
    ]
    assert home.store.patients() == {"P2": 2}
    assert home.index.count(Filters.for_patient("P1", literature=False)) == 0
    assert b"P1" not in everything(home)
    assert b"P2" in everything(home)
    home.assert_sound()


def test_document_is_erased_by_its_id(home: Home, patients: Path) -> None:
    home.ingest(patients)
    doc_id = min(home.ids())
    erased = home.ingestor.forget([doc_id, "absent"])
    assert erased.doc_ids == (doc_id,)
    assert doc_id not in home.ids()
    home.assert_sound()


def test_copy_that_another_document_needs_stays(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Même texte.")
    (tmp_path / "b.txt").write_text("Même texte.")
    home.ingest(tmp_path / "a.txt", tmp_path / "b.txt")
    first, second = sorted(home.ids())
    assert home.ingestor.forget([first]).sources == ()
    assert len(home.ingestor.forget([second]).sources) == 1


def test_failed_reading_of_a_patient_is_forgotten_too(home: Home, patients: Path) -> None:
    (patients / "P1" / "broken.txt").write_bytes(b"\x00")
    home.ingest(patients)
    assert len(list(home.inputs.failures())) == 1
    home.ingestor.forget(patient_id="P1")
    assert list(home.inputs.failures()) == []
    assert b"broken" not in everything(home)


def test_patient_of_one_line_is_erased_and_the_other_lines_stay(home: Home, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(
        '{"_id": "a", "text": "genou quai", "patient_id": "P1"}\n{"_id": "b", "text": "hanche pont",'
        ' "patient_id": "P2"}'
    )
    home.ingest(tmp_path / "c.jsonl")
    home.ingestor.forget(patient_id="P1")
    assert home.ids() == {"b"}
    assert b"genou quai" not in everything(home)


def test_forgotten_document_comes_back_when_its_file_is_ingested_again(home: Home, patients: Path) -> None:
    home.ingest(patients)
    home.ingestor.forget(patient_id="P1")
    assert home.ingest(patients).counts.added == 2
    assert home.store.patients() == {"P1": 2, "P2": 2}
    home.assert_sound()


def test_unknown_patient_erases_nothing(home: Home, patients: Path) -> None:
    home.ingest(patients)
    erased = home.ingestor.forget(patient_id="P9")
    assert (erased.doc_ids, erased.passages, erased.sources, erased.inputs) == ((), 0, (), 0)
    assert len(home.ids()) == 4


def test_erasing_that_is_interrupted_is_finished_by_recovery(
    home: Home, patients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.ingest(patients)

    def fails(_ids: object) -> None:
        raise StorageError("disk_full", place="index")

    with monkeypatch.context() as broken:
        broken.setattr(home.index, "delete", fails)
        with pytest.raises(StorageError):
            home.ingestor.forget(patient_id="P1")
    assert home.store.patients() == {"P2": 2}  # gone from view at once
    recovered = home.ingestor.recover()
    assert (len(recovered.doc_ids), recovered.passages, len(recovered.sources)) == (2, 2, 2)
    assert b"P1" not in everything(home)
    home.assert_sound()
