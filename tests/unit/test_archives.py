"""Archives: members read as files of a folder, bombs refused, nothing silent."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from rag.ingest.report import Counts
from tests.golden import everything
from tests.unit.ingesting import open_home

FILES = {
    "lire/note.md": "# Note\n\nLa cheville est stable.",
    "lire/patients/P7/2026-03-12_operative_report.txt": (
        "COMPTE RENDU\n\nOstéosynthèse de la cheville gauche."
    ),
    "lire/lettre.txt": "Chère consœur, votre patient va bien.",
    "lire/lettre.txt.meta.yaml": "patient_id: P8\nkind: letter\n",
    "__MACOSX/lire/._note.md": "x",
    "lire/.hidden.txt": "x",
}


def zipped(files: dict[str, str | bytes], path: Path, **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(files: dict[str, str], path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return path


def keys(path: Path, **settings: float) -> list[str]:
    return [error.key for error in everything(path, **settings)[1]]


@pytest.mark.parametrize(
    "name", ["export.zip", "export.tar.gz", "export.tar", "export.tar.xz", "export.tar.bz2"]
)
def test_members_are_read_with_what_their_place_and_sidecar_say(tmp_path: Path, name: str) -> None:
    mode = {"gz": "w:gz", "xz": "w:xz", "bz2": "w:bz2"}.get(name.rpartition(".")[2], "w")
    path = (
        zipped(dict(FILES), tmp_path / name) if name.endswith("zip") else tarred(FILES, tmp_path / name, mode)
    )
    documents, errors, warnings = everything(path)
    assert (errors, warnings) == ([], [])
    found = {document.source.uri.partition("#")[2]: document for document in documents}
    assert list(found) == [
        "lire/note.md",
        "lire/patients/P7/2026-03-12_operative_report.txt",
        "lire/lettre.txt",
    ]
    report, letter = found["lire/patients/P7/2026-03-12_operative_report.txt"], found["lire/lettre.txt"]
    assert (report.patient_id, report.authored_at, report.kind) == ("P7", "2026-03-12", "operative_report")
    assert (letter.patient_id, letter.kind, letter.title) == ("P8", "letter", "lettre")
    assert (found["lire/note.md"].patient_id, found["lire/note.md"].title) == (None, "Note")


def test_archive_in_the_folder_of_a_patient_is_the_patients(tmp_path: Path) -> None:
    (tmp_path / "patients" / "P7").mkdir(parents=True)
    (document,), errors, _ = everything(
        zipped({"a.txt": "Examen normal."}, tmp_path / "patients" / "P7" / "a.zip")
    )
    assert (document.patient_id, document.kind, errors) == ("P7", "note", [])


def test_member_of_another_patient_than_the_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patients" / "P7").mkdir(parents=True)
    path = zipped({"patients/P8/a.txt": "Examen normal."}, tmp_path / "patients" / "P7" / "a.zip")
    assert keys(path) == ["metadata_patients_differ"]


def test_archives_within_archives_are_read_to_a_depth(tmp_path: Path) -> None:
    inner = zipped({"a.txt": "Examen normal."}, tmp_path / "0.zip").read_bytes()
    for depth in range(1, 6):
        path = zipped({"in.zip": inner}, tmp_path / f"{depth}.zip")
        inner = path.read_bytes()
    assert [document.source.uri.partition("#")[2] for document in everything(tmp_path / "2.zip")[0]] == [
        "in.zip!/in.zip!/a.txt"
    ]
    assert keys(tmp_path / "5.zip") == ["part_too_deep"]


def test_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped({f"{number}.txt": b"0" * 1_000_000 for number in range(5)}, tmp_path / "bomb.zip")
    assert path.stat().st_size < 10_000
    assert keys(path, max_unpacked_mb=4) == ["parts_too_large"]


def test_nested_bomb_is_stopped_by_the_sum_of_its_parts(tmp_path: Path) -> None:
    inner = zipped({"a.txt": b"a " * 500_000}, tmp_path / "inner.zip").read_bytes()
    path = zipped({f"{number}.zip": inner for number in range(4)}, tmp_path / "outer.zip")
    documents, errors, _ = everything(path, max_unpacked_mb=2.5)
    assert len(documents) == 2
    assert {error.key for error in errors} == {"parts_too_large"}


def test_packed_bomb_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"0" * 3_000_000))
    assert keys(tmp_path / "a.txt.gz", max_file_mb=1) == ["file_too_large"]
    tarred({"a.txt": "0" * 3_000_000}, tmp_path / "a.tar.gz")
    assert keys(tmp_path / "a.tar.gz", max_unpacked_mb=2) == ["parts_too_large"]


def test_member_that_is_not_read_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = zipped(
        {"a.xyz": "x", "b.txt": "Examen normal.", "c.pdf": "x", "d.txt.meta.yaml": "kind: note"},
        tmp_path / "a.zip",
    )
    documents, errors, _ = everything(path)
    assert [document.title for document in documents] == ["b"]
    assert [error.key for error in errors] == ["file_type_unknown", "file_not_what_it_says", "sidecar_alone"]
    assert str(errors[0]).startswith(f"{path} › a.xyz:")


def test_damaged_sidecar_keeps_its_file_from_being_read(tmp_path: Path) -> None:
    assert keys(zipped({"a.txt": "Examen.", "a.txt.meta.yaml": "patient_id: [P1"}, tmp_path / "a.zip")) == [
        "metadata_not_yaml"
    ]


def test_damage_is_told(tmp_path: Path) -> None:
    whole = zipped({"a.txt": "Examen normal. " * 50, "b.txt": "Suite."}, tmp_path / "a.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    assert keys(tmp_path / "cut.zip") == ["archive_damaged"]
    (tmp_path / "hit.zip").write_bytes(whole[:45] + b"\xff\xff\xff" + whole[48:])
    documents, errors, _ = everything(tmp_path / "hit.zip")
    assert ([document.title for document in documents], [error.key for error in errors]) == (
        ["b"],
        ["archive_member_damaged"],
    )
    packed = tarred(FILES, tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(packed[: len(packed) // 2])
    assert keys(tmp_path / "cut.tar.gz") == ["archive_damaged"]


def test_link_out_of_an_archive_is_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    documents, errors, warnings = everything(tmp_path / "a.tar")
    assert (documents, errors, [warning.key for warning in warnings]) == ([], [], ["archive_member_no_file"])


def test_archive_is_updated_member_by_member(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    path = zipped({"a.txt": "Genou droit.", "b.txt": "Genou gauche."}, inbox / "a.zip")
    with open_home(tmp_path / "home") as home:
        assert home.ingest(inbox).counts == Counts(added=2)
        assert home.ingest(inbox).counts == Counts(unchanged=2)
        zipped({"a.txt": "Genou droit opéré.", "c.txt": "Hanche."}, path)
        assert home.ingest(inbox).counts == Counts(added=1, updated=1, removed=1)
        assert home.blobs() == []
        home.assert_sound()
