"""Merged patients: documents move, the merge is recorded, it holds for what comes later, and an interruption leaves nothing between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document, Filters
from rag.index.memory import MemoryIndex
from rag.ingest.writing import BatchWriter
from rag.store.merges import MergeStore
from tests.unit.ingesting import EMBEDDING, Home, open_home

PID = "PID|1||{ids}||NOM^Prénom||19500101|F"
REPORT = (
    "MSH|^~\\&|A|B|C|D|20260301080000||ORU^R01|{control}|P|2.5|||||FRA|UNICODE UTF-8|fr\r{pid}\r"
    "OBR|1||L{control}|NFS^{name}^L\rOBX|1|TX|C^Conclusion^L||{text}\r"
)
MERGE = "MSH|^~\\&|A|B|C|D|20260302080000||ADT^A40|{control}|P|2.5\rPID|1||{new}^^^H^PI\rMRG|{old}^^^H^PI\r"
NATIONAL = "255069900112233^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"
OTHER = "155069900112244^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


def report(folder: Path, name: str, patient: str, text: str = "Rien à signaler ce jour.") -> Path:
    ids = patient if "^" in patient else f"{patient}^^^H^PI"
    path = folder / f"{name}.hl7"
    path.write_text(REPORT.format(control=name, pid=PID.format(ids=ids), name=f"Bilan {name}", text=text), newline="")
    return path


def merge(folder: Path, old: str, new: str, name: str = "m1") -> Path:
    path = folder / f"{name}.hl7"
    path.write_text(MERGE.format(control=name, old=old, new=new), newline="")
    return path


def patients(home: Home) -> dict[str, str | None]:
    return {summary.title: summary.patient_id for summary in home.store.list() if summary.kind != "identity"}


def test_documents_of_the_old_patient_move_in_registry_and_index(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"), report(tmp_path, "b", "P2"))
    result = home.only(merge(tmp_path, "P1", "P2"))
    assert (result.counts.added, result.counts.updated, result.problems) == (1, 1, ())
    assert patients(home) == {"Bilan a": "P2", "Bilan b": "P2"}
    assert home.index.count(Filters.for_patient("P1", literature=False)) == 0
    assert home.index.count(Filters.for_patient("P2", literature=False)) == home.store.passage_total()
    assert MergeStore(home.store.database).survivors() == {"P1": "P2"}
    assert home.store.surviving(["P1", "P3"]) == {"P2", "P3"}
    home.assert_sound()


def test_a_merge_holds_for_messages_that_still_carry_the_old_number(home: Home, tmp_path: Path) -> None:
    home.ingest(merge(tmp_path, "P1", "P2"), report(tmp_path, "z", "P1"))
    assert patients(home) == {"Bilan z": "P2"}
    home.ingest(report(tmp_path, "z", "P1", "Texte corrigé depuis."))
    assert patients(home) == {"Bilan z": "P2"}
    home.assert_sound()


def test_a_folder_of_the_old_number_and_forgetting_follow_the_merge(home: Home, tmp_path: Path) -> None:
    note = tmp_path / "patients" / "P1" / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("Le patient va bien ce jour.")
    home.ingest(note, merge(tmp_path, "P1", "P2"))
    assert patients(home) == {"note": "P2"}
    assert home.inputs.of_patient("P1") == ()
    assert home.ingestor.forget(patient_id="P1").inputs == 2
    assert home.ids() == set()
    assert MergeStore(home.store.database).survivors() == {}


def test_merging_again_changes_nothing(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"))
    again = home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"), merge(tmp_path, "P1", "P2", "m2"))
    assert (again.counts.updated, again.counts.failed, again.counts.unchanged) == (0, 0, 2)
    assert patients(home) == {"Bilan a": "P2"}


def test_merges_follow_each_other(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"), merge(tmp_path, "P2", "P3", "m2"))
    assert patients(home) == {"Bilan a": "P3"}
    assert MergeStore(home.store.database).survivors() == {"P1": "P3", "P2": "P3"}
    home.assert_sound()


@pytest.mark.parametrize(
    ("old", "new", "key"), [("P2", "P2", "merge_same_patient"), ("P2", "P1", "merge_same_patient"), ("P1", "P9", "merge_conflict")]
)
def test_a_merge_that_cannot_be_is_refused_and_moves_nothing(home: Home, tmp_path: Path, old: str, new: str, key: str) -> None:
    home.ingest(report(tmp_path, "a", "P1"), merge(tmp_path, "P1", "P2"))
    result = home.only(merge(tmp_path, old, new, "bad"))
    assert [problem.key for problem in result.problems] == [key]
    assert patients(home) == {"Bilan a": "P2"}
    home.assert_sound()


def test_a_merge_that_names_one_patient_only_is_refused(home: Home, tmp_path: Path) -> None:
    assert [problem.key for problem in home.only(merge(tmp_path, "", "P2")).problems] == ["hl7_merge_incomplete"]


def test_who_may_not_read_the_old_patient_cannot_take_its_documents_over(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", "P1"))

    def only_p2(document: Document) -> None:
        if document.patient_id != "P2":
            raise ParseError("upload_other_patient", file="x")

    report_ = home.ingestor.ingest([merge(tmp_path, "P1", "P2")], admit=only_p2)
    assert report_.counts.failed == 1
    assert patients(home) == {"Bilan a": "P1"}


def test_a_national_identity_named_beside_a_number_joins_both(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", NATIONAL))
    assert patients(home) == {"Bilan a": "255069900112233"}
    home.ingest(report(tmp_path, "b", f"P1^^^H^PI~{NATIONAL}"), report(tmp_path, "c", NATIONAL), report(tmp_path, "d", "P1"))
    assert set(patients(home).values()) == {"P1"}
    home.assert_sound()


def test_two_identities_with_one_number_are_kept_apart(home: Home, tmp_path: Path) -> None:
    home.ingest(report(tmp_path, "a", f"P1^^^H^PI~{NATIONAL}"))
    result = home.only(report(tmp_path, "b", f"P1^^^H^PI~{OTHER}"))
    assert [warning.key for warning in result.warnings] == ["identity_conflict"]
    assert patients(home) == {"Bilan a": "P1", "Bilan b": "155069900112244"}


@pytest.mark.parametrize("step", range(6))
def test_an_interrupted_merge_is_finished_by_the_next_run(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    index = MemoryIndex("hash", EMBEDDING.dimensions)
    files = [report(tmp_path, name, "P1") for name in "ab"]
    with open_home(tmp_path / "home", index) as home:
        home.ingest(*files)
        with monkeypatch.context() as patch:
            _interrupt(patch, step)
            with pytest.raises(KeyboardInterrupt):
                home.ingest(merge(tmp_path, "P1", "P2"))
    with open_home(tmp_path / "home", index) as home:
        home.ingest(merge(tmp_path, "P1", "P2"))
        assert patients(home) == {"Bilan a": "P2", "Bilan b": "P2"}
        home.assert_sound()


def _interrupt(patch: pytest.MonkeyPatch, step: int) -> None:
    """Break off before or after one of the writes that a merge makes: its record, its first document, the flush."""
    owner, name = ((MergeStore, "record"), (BatchWriter, "add"), (BatchWriter, "flush"))[step // 2]
    write = getattr(owner, name)

    def broken(*args: object) -> None:
        if step % 2:
            write(*args)
        raise KeyboardInterrupt

    patch.setattr(owner, name, broken)
