"""What has gone from a folder, and what is only out of reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import ParseError, UsageError
from rag.ingest.sources.files import Reader
from rag.ingest.sources.mirror import Gone, folder_to_mirror, gone_from
from rag.ingest.sources.paths import FoundFile, walk
from rag.settings import IngestSettings
from tests.unit.ingesting import Home, open_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path, home: Home) -> Path:
    folder = tmp_path / "Source"
    for name in ("a/1.txt", "a/2.txt", "b/3.txt", "bad.pdf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"Le patient {name} va bien.")
    home.ingest(folder)
    return folder


def gone(folder: Path, home: Home, *also: FoundFile) -> list[str]:
    found = gone_from(folder, [*walk([folder]), *also], home.store, home.inputs)
    return [str(path.relative_to(folder)) for path in found.files]


def test_nothing_has_gone_from_a_folder_as_it_was(folder: Path, home: Home) -> None:
    assert gone(folder, home) == []


def test_files_that_were_read_or_failed_are_found_gone(folder: Path, home: Home) -> None:
    for name in ("a/1.txt", "bad.pdf"):
        (folder / name).unlink()
    found = gone_from(folder, walk([folder]), home.store, home.inputs)
    assert [path.name for path in found.files] == ["1.txt", "bad.pdf"]
    assert (len(found.doc_ids), found.held) == (1, 3)


def test_other_folder_of_a_like_name_is_not_concerned(folder: Path, home: Home, tmp_path: Path) -> None:
    other = tmp_path / "source2"  # SQLite's LIKE would take Source for source
    other.mkdir()
    (other / "4.txt").write_text("Le patient 4 va bien.")
    home.ingest(other)
    (other / "4.txt").unlink()
    assert gone(folder, home) == []


def test_files_under_a_folder_that_cannot_be_opened_are_kept(folder: Path, home: Home) -> None:
    for name in ("1.txt", "2.txt"):
        (folder / "a" / name).unlink()
    closed = FoundFile(
        folder / "a", ParseError("folder_unreadable", file=folder / "a", reason="Permission denied")
    )
    assert gone(folder, home, closed) == []


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0,
    reason="the superuser may enter any folder: run the tests as an ordinary user",
)
def test_file_in_a_folder_without_rights_has_not_gone(folder: Path, home: Home) -> None:
    (folder / "a").chmod(0)
    assert gone(folder, home) == []
    (folder / "a").chmod(0o700)


def test_most_of_many_documents_gone_is_suspicious() -> None:
    def of(missing: int, held: int) -> bool:
        return Gone(doc_ids=tuple(map(str, range(missing))), held=held).is_suspicious

    assert [of(10, 10), of(11, 11), of(50, 100), of(51, 100)] == [False, True, False, True]


def test_file_is_no_folder_to_mirror(folder: Path) -> None:
    with pytest.raises(UsageError):
        folder_to_mirror(folder / "a" / "1.txt")


def test_file_of_an_export_is_read_again_when_its_patients_change(tmp_path: Path) -> None:
    conditions, patients = tmp_path / "Condition.ndjson", tmp_path / "Patient.ndjson"
    conditions.write_text('{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/a"}}\n')
    digests = []
    for family in ("Avant", "Avant", "Après"):
        patients.write_text(f'{{"resourceType":"Patient","id":"a","name":[{{"family":"{family}"}}]}}\n')
        reader = Reader(IngestSettings(workers=0), None)  # type: ignore[arg-type]
        digests.append(reader.open(conditions).digest)
    assert digests[0] == digests[1] != digests[2]
