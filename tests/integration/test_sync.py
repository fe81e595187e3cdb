"""``traboule sync`` as a user has it: a folder mirrored, and nothing erased that may only be out of reach."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine
from tests.spec import schemas

pytestmark = pytest.mark.models


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for number in range(14):
        write(folder, number, f"Le patient {number} marche sans canne à trois mois.")
    return folder


def write(folder: Path, number: int, text: str) -> None:
    path = folder / "patients" / f"S-{number:02}" / "2026-03-12_note.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_folder_is_mirrored(traboule: CommandLine, source: Path) -> None:
    first = traboule.run("sync", source, "--json").json({"type": "object"})
    assert (first["added"], first["deleted"], first["failed"]) == (14, 0, 0)
    write(source, 0, "Le patient 0 marche avec une canne.")
    write(source, 20, "Un patient nouveau.")
    shutil.rmtree(source / "patients" / "S-01")
    second = traboule.run("sync", source, "--json").json({"type": "object"})
    assert (second["added"], second["updated"], second["unchanged"], second["deleted"]) == (1, 1, 12, 1)
    assert [Path(file).parent.name for file in second["deleted_files"]] == ["S-01"]
    third = traboule.run("sync", source, "--json").json({"type": "object"})
    assert (third["unchanged"], third["added"], third["updated"], third["deleted"]) == (14, 0, 0, 0)
    patients = {
        item["patient_id"]
        for item in traboule.run("documents", "--json").json(schemas.DOCUMENTS)["documents"]
    }
    assert "S-01" not in patients
    assert "S-20" in patients


def test_folder_that_is_suddenly_empty_erases_nothing_unless_told_to(
    traboule: CommandLine, source: Path
) -> None:
    traboule.run("sync", source)
    shutil.rmtree(source / "patients")
    ended = traboule.run("sync", source)
    assert ended.code == 3
    assert "14 of 14 documents have gone" in ended.err
    assert traboule.run("documents", "--json").json(schemas.DOCUMENTS)["count"] == 14
    assert traboule.run("sync", source, "--erase-all", "--json").json({"type": "object"})["deleted"] == 14
    assert traboule.run("documents", "--json").json(schemas.DOCUMENTS)["count"] == 0


def test_source_that_is_not_there_is_an_error_of_use(traboule: CommandLine, tmp_path: Path) -> None:
    ended = traboule.run("sync", tmp_path / "nothing")
    assert ended.code == 2
    assert "not a folder that can be opened" in ended.err


def test_document_of_a_file_that_became_unreadable_says_so(traboule: CommandLine, source: Path) -> None:
    traboule.run("sync", source)
    path = source / "patients" / "S-00" / "2026-03-12_note.txt"
    path.write_bytes(b"\x00\x01\x02")
    ended = traboule.run("sync", source, "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["failed"] == 1
    listed = traboule.run("documents", "--json").json(schemas.DOCUMENTS)
    assert [item["patient_id"] for item in listed["documents"] if item["status"] == "incomplete"] == ["S-00"]
    assert [item["status"] for item in listed["failed"]] == ["failed"]
    path.unlink()
    assert traboule.run("sync", source, "--json").json({"type": "object"})["deleted"] == 1
    assert traboule.run("documents", "--json").json(schemas.DOCUMENTS)["failed"] == []
