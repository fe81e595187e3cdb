"""JSON Lines: one document a line, and one bad line does not stop the others."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings


def items(path: Path, **settings: float) -> list[Document | ParseError]:
    reader = Reader(IngestSettings.model_validate({"workers": 0, **settings}), None)  # type: ignore[arg-type]
    return list(reader.documents(reader.open(path), None, lambda _: None))


def corpus(folder: Path, *lines: object, name: str = "c.jsonl") -> Path:
    path = folder / name
    raw = "\n".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines
    ).encode()
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def one(folder: Path, line: object) -> Document:
    (item,) = items(corpus(folder, line))
    if isinstance(item, ParseError):
        raise item
    return item


@pytest.mark.parametrize("name", ["c.jsonl", "c.ndjson", "c.jsonl.gz"])
def test_id_of_a_line_becomes_the_id_of_its_document(tmp_path: Path, name: str) -> None:
    found = items(
        corpus(
            tmp_path,
            {"_id": "MED-10", "title": "Hanche", "text": "Prothèse."},
            "",
            {"id": "b/2", "text": "Genou."},
            name=name,
        )
    )
    assert [(item.doc_id, item.title, item.text) for item in found if isinstance(item, Document)] == [
        ("MED-10", "Hanche", "Prothèse."),
        ("b/2", "Genou.", "Genou."),
    ]
    assert [item.source.uri.partition("#")[2] for item in found if isinstance(item, Document)] == [
        "MED-10",
        "b/2",
    ]


def test_further_keys_are_metadata_whatever_their_shape(tmp_path: Path) -> None:
    document = one(
        tmp_path,
        {
            "_id": 7,
            "text": "a",
            "year": 2020,
            "open": True,
            "none": None,
            "tags": ["x", "y"],
            "deep": {"a": [1]},
            "metadata": {"url": "u", "kind": "rct"},
        },
    )
    assert document.doc_id == "7"
    assert document.kind == "rct"
    assert document.metadata == {
        "year": "2020",
        "open": "true",
        "tags": "x; y",
        "deep": '{"a": [1]}',
        "url": "u",
    }


def test_patient_in_nested_metadata_counts(tmp_path: Path) -> None:
    assert one(tmp_path, {"text": "a", "metadata": {"patient_id": "P1"}}).patient_id == "P1"
    with pytest.raises(ParseError) as caught:
        one(tmp_path, {"text": "a", "patient_id": "P2", "metadata": {"patient_id": "P1"}})
    assert caught.value.key == "record_contradicts_itself"


def test_record_of_another_patient_than_its_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "patients" / "P1"
    folder.mkdir(parents=True)
    with pytest.raises(ParseError) as caught:
        one(folder, {"text": "a", "patient_id": "P2"})
    assert caught.value.key == "metadata_patients_differ"


def test_bad_line_is_named_and_the_next_goes_on(tmp_path: Path) -> None:
    lines = [
        {"_id": "a", "text": "un"},
        "{broken",
        "[1, 2]",
        {"_id": "c"},
        '{"_id": "d", "patient_id": "P1", "patient_id": "P2", "text": "x"}',
        {"_id": "e", "date": "hier", "text": "x"},
        {"_id": "f", "text": "deux"},
    ]
    found = items(corpus(tmp_path, *lines))
    assert [
        (
            item.doc_id
            if isinstance(item, Document)
            else (item.key, item.variables.get("line", item.variables.get("origin")))
        )
        for item in found
    ] == [
        "a",
        ("record_not_json", 2),
        ("record_not_json", 3),
        ("record_without_text", 4),
        ("record_not_json", 5),
        ("metadata_bad_date", "line 6"),
        "f",
    ]


def test_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'{"_id": "a", "text": "\xe9"}\n{"_id": "b", "text": "b"}\n')
    error, document = items(path)
    assert isinstance(error, ParseError)
    assert error.variables["line"] == 1
    assert isinstance(document, Document)


def test_half_a_surrogate_pair_does_not_reach_the_text(tmp_path: Path) -> None:
    assert (
        one(tmp_path, '{"_id": "a", "text": "x\\ud800y \\ud83d\\ude00", "title": "t\\udfff"}').text == "xy 😀"
    )


def test_record_with_a_title_alone_has_it_as_text(tmp_path: Path) -> None:
    assert one(tmp_path, {"_id": "a", "title": "Titre", "text": ""}).text == "Titre"


def test_truncated_gzip_gives_what_it_holds_and_an_error(tmp_path: Path) -> None:
    path = corpus(
        tmp_path,
        *({"_id": str(number), "text": f"Le patient {number} va bien."} for number in range(500)),
        name="c.jsonl.gz",
    )
    path.write_bytes(path.read_bytes()[:-100])
    found = items(path)
    assert sum(isinstance(item, Document) for item in found) > 100
    assert isinstance(found[-1], ParseError)
    assert found[-1].key == "gzip_damaged"


def test_line_longer_than_the_limit_ends_the_file(tmp_path: Path) -> None:
    found = items(
        corpus(tmp_path, {"_id": "a", "text": "x" * 100_000}, {"_id": "b", "text": "b"}, name="c.jsonl.gz"),
        max_text_chars=1000,
    )
    assert [item.key for item in found if isinstance(item, ParseError)] == ["record_too_long"]
    assert len(found) == 1


def test_text_longer_than_the_limit_names_the_setting(tmp_path: Path) -> None:
    (found,) = items(corpus(tmp_path, {"_id": "a", "text": "x" * 2000}), max_text_chars=1000)
    assert isinstance(found, ParseError)
    assert "ingest.max_text_chars" in str(found)


def test_record_without_id_keeps_its_own_when_another_is_inserted(tmp_path: Path) -> None:
    (before,) = items(corpus(tmp_path, {"text": "a"}))
    _, after = items(corpus(tmp_path, {"text": "new"}, {"text": "a"}))
    assert isinstance(before, Document)
    assert isinstance(after, Document)
    assert before.doc_id == after.doc_id


def test_rich_metadata_is_kept_as_text_and_refuses_nothing(tmp_path: Path) -> None:
    rich = {
        "id": "a",
        "text": "Un cas.",
        "authors": [{"author": "X"}, {"author": "Y"}],
        "scores": [1, [2]],
        "journal": {"name": "J"},
    }
    metadata = one(tmp_path, rich).metadata
    assert metadata["authors"] == '[{"author": "X"}, {"author": "Y"}]'
    assert metadata["journal"] == '{"name": "J"}'


def test_a_text_without_a_title_goes_by_its_first_words(tmp_path: Path) -> None:
    leaflet = (
        "WARFARINE DEMO 5 mg, comprimé sécable. Veuillez lire attentivement cette notice avant de prendre ce"
        " médicament.\nSuite."
    )
    document = one(tmp_path, {"id": "n1", "text": leaflet})
    assert (
        document.title == "WARFARINE DEMO 5 mg, comprimé sécable. Veuillez lire attentivement cette notice…"
    )
    assert (
        one(tmp_path, {"id": "n3", "text": "Lettre de sortie\nMadame, Monsieur,"}).title == "Lettre de sortie"
    )
    assert one(tmp_path, {"id": "n2", "text": "x" * 200}).title == "x" * 80 + "…"
