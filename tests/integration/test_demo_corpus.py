"""The bundled corpus as it is read: every file, and every gold quote where its question says it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.ingest.sources.paths import walk
from rag.settings import IngestSettings

DEMO = Path(__file__).parents[2] / "rag" / "demo"


def _complain(error: ParseError) -> None:
    if not error.key.startswith(("ledger_", "aside_")):  # what is counted is no fault
        pytest.fail(error.key)


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    reader = Reader(IngestSettings(workers=0), None)  # type: ignore[arg-type]
    read: dict[str, Document] = {}
    for found in walk([DEMO / "corpus"]):
        assert found.problem is None
        for item in reader.documents(reader.open(found.path), None, _complain):
            assert isinstance(item, Document), item
            assert item.doc_id not in read
            read[item.doc_id] = item
    return read


def test_every_file_is_read_as_what_its_folder_says(documents: dict[str, Document]) -> None:
    assert len(documents) > 80
    for document in documents.values():
        assert document.metadata["fictitious"] == "true"
        assert (document.patient_id or "evidence") in document.source.uri
        assert document.authored_at is not None
        assert document.sections


def test_corpus_has_every_format_and_both_languages(documents: dict[str, Document]) -> None:
    assert {document.source.media_type.rpartition(".")[2] for document in documents.values()} == {
        "text/plain",
        "text/markdown",
        "application/pdf",
        "document",
    }
    assert {document.language for document in documents.values()} == {"fr", "en"}


def test_gold_quotes_stand_in_their_documents(documents: dict[str, Document]) -> None:
    checked = 0
    for path in sorted((DEMO / "questions").glob("*.jsonl")):
        for question in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            for doc_id, quote in zip(question["gold_docs"], question["gold_quotes"], strict=True):
                assert quote in documents[doc_id].text, question["_id"]
                checked += 1
    assert checked >= 40
