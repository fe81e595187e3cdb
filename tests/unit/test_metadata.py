"""What is declared beside a text: front matter, sidecar, folder, and which of them wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Code
from rag.ingest.sources.metadata import declared
from rag.ingest.sources.placement import folder_declares
from rag.ingest.sources.yaml_text import read_mapping
from tests.unit.ingesting import read

BODY = "Le patient est opéré de la hanche droite, sans complication."


def note(folder: Path, front: str = "", sidecar: str | None = None, name: str = "note.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"---\n{front}\n---\n{BODY}\n" if front else BODY)
    if sidecar is not None:
        path.with_name(path.name + ".meta.yaml").write_text(sidecar)
    return path


def test_every_key_reaches_the_document(tmp_path: Path) -> None:
    front = """id: d1
title: "Lettre : sortie"
patient_id: P1
encounter_id: E1
kind: Discharge-Letter
date: 2026-03-12
language: fr-FR
codes: [{system: ccam, code: NEKA020, display: PTH}, "icd10:M16.1"]
evidence_level: rct
keywords: [hanche, prothèse]"""
    document = read(note(tmp_path, front))
    assert (document.doc_id, document.title, document.patient_id, document.encounter_id) == (
        "d1",
        "Lettre : sortie",
        "P1",
        "E1",
    )
    assert (document.kind, document.authored_at, document.language) == (
        "discharge_letter",
        "2026-03-12",
        "fr",
    )
    assert document.codes == (Code("ccam", "NEKA020", "PTH"), Code("icd10", "M16.1"))
    assert document.metadata == {"evidence_level": "rct", "keywords": "hanche; prothèse"}


def test_nothing_declared_gives_the_defaults(tmp_path: Path) -> None:
    document = read(note(tmp_path))
    assert (document.patient_id, document.kind, document.authored_at, document.language) == (
        None,
        "note",
        None,
        "fr",
    )
    assert len(document.doc_id) == 20
    assert document.doc_id == read(tmp_path / "note.md").doc_id


def test_text_is_kept_as_it_was_typed() -> None:
    values = read_mapping(
        "patient_id: 0123\ndate: 2026-03-12\nflag: yes\nratio: 1e3\nnothing: ~\nempty:\n", "f"
    )
    assert values == {
        "patient_id": "0123",
        "date": "2026-03-12",
        "flag": "yes",
        "ratio": "1e3",
        "nothing": None,
        "empty": None,
    }


def test_sidecar_wins_over_front_matter_and_front_matter_over_folder(tmp_path: Path) -> None:
    folder = tmp_path / "patients" / "P1"
    path = note(
        folder,
        "kind: biology\ndate: 2026-02-02\ntitle: front",
        "title: sidecar\nevidence_level: none",
        "2026-01-01_consultation.md",
    )
    document = read(path)
    assert (document.patient_id, document.kind, document.authored_at, document.title) == (
        "P1",
        "biology",
        "2026-02-02",
        "sidecar",
    )


@pytest.mark.parametrize(
    ("name", "kind", "date"),
    [
        ("2026-03-12_operative_report.md", "operative_report", "2026-03-12"),
        ("2026-03-12-Biology.md", "biology", "2026-03-12"),
        ("2026-03-12_imaging_report_2.md", "imaging_report", "2026-03-12"),
        ("2026-03-12.md", "note", "2026-03-12"),
        ("lettre.md", "note", None),
    ],
)
def test_folder_and_name_of_a_patient_s_file_say_whose_what_and_when(
    tmp_path: Path, name: str, kind: str, date: str | None
) -> None:
    document = read(note(tmp_path / "patients" / "P1" / "sub", name=name))
    assert (document.patient_id, document.kind, document.authored_at) == ("P1", kind, date)


def test_file_right_in_the_patients_folder_is_of_no_patient(tmp_path: Path) -> None:
    assert folder_declares(tmp_path / "patients" / "readme.md") is None


def test_last_patients_folder_of_a_path_counts() -> None:
    declares = folder_declares(Path("/srv/patients/export/patients/P7/a.md"))
    assert declares is not None
    assert declares.patient_id == "P7"


@pytest.mark.parametrize(
    ("front", "sidecar", "names"),
    [
        ("patient_id: P2", None, ["front matter", "patients/P1/"]),
        ("", "patient_id: P2", ["note.md.meta.yaml", "patients/P1/"]),
        ("patient_id: P1", "patient_id: P2", ["note.md.meta.yaml", "front matter"]),
    ],
)
def test_two_patients_for_one_file_are_an_error_that_names_both_places(
    tmp_path: Path, front: str, sidecar: str | None, names: list[str]
) -> None:
    path = note(tmp_path / "patients" / "P1", front, sidecar)
    with pytest.raises(ParseError) as caught:
        read(path)
    assert caught.value.key == "metadata_patients_differ"
    assert str(path) in str(caught.value)
    assert [caught.value.variables["first"], caught.value.variables["second"]] == names


@pytest.mark.parametrize(
    ("values", "key", "error"),
    [
        ({"date": "12/03/2026"}, "date", "metadata_bad_date"),
        ({"date": "2026-02-30"}, "date", "metadata_bad_date"),
        ({"language": "de"}, "language", "metadata_bad_language"),
        ({"kind": "!"}, "kind", "metadata_bad_kind"),
        ({"id": "x" * 201}, "id", "metadata_bad_id"),
        ({"title": ["a"]}, "title", "metadata_not_text"),
        ({"patient_id": 1.0}, "patient_id", "metadata_not_text"),
        ({"patient_id": True}, "patient_id", "metadata_not_text"),
        ({"codes": "ccam"}, "codes", "metadata_bad_codes"),
        ({"codes": [{"system": "ccam"}]}, "codes", "metadata_bad_codes"),
        ({"id": "a", "_id": "b"}, "id / _id", "metadata_twice"),
        ({"further": {"nested": 1}}, "further", "metadata_not_text"),
    ],
)
def test_wrong_value_is_refused_with_its_key_and_place(
    values: dict[str, object], key: str, error: str
) -> None:
    with pytest.raises(ParseError) as caught:
        declared(values, "front matter", "note.md")
    assert caught.value.key == error
    assert caught.value.variables == {"file": "note.md", "origin": "front matter", "key": key}


@pytest.mark.parametrize(
    ("text", "error"),
    [("a: b: c", "metadata_not_yaml"), ("- a", "metadata_not_mapping"), ("a: 1\na: 2", "metadata_not_yaml")],
)
def test_metadata_that_is_no_flat_yaml_is_refused(text: str, error: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_mapping(text, "f")
    assert caught.value.key == error


def test_yaml_cannot_build_objects_nor_grow_without_limit() -> None:
    with pytest.raises(ParseError):
        read_mapping("a: !!python/object/apply:os.system ['true']", "f")
    with pytest.raises(ParseError):
        read_mapping("a: " + "x" * 300_000, "f")
    with pytest.raises(ParseError):
        read_mapping("a: " + "[" * 50_000, "f")


def test_sidecar_that_cannot_be_read_keeps_its_document_out(tmp_path: Path) -> None:
    with pytest.raises(ParseError) as caught:
        read(note(tmp_path, sidecar="patient_id: [P1"))
    assert caught.value.key == "metadata_not_yaml"
