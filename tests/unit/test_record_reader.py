"""One patient's record read from the registry: what it states, what of it could not be read, and nobody
else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.access import Scope
from rag.core.errors import NotAllowed
from rag.core.facts import Fact, Period
from rag.core.types import Document, Page, Source
from rag.record import KindRead, RecordReader
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.inputs import InputStore
from rag.store.records import InputRecord, NewVersion

TEXT = "Potassium 4,1 mmol/L\nBisoprolol 5 mg\n"
SOURCE = Source("file:///x.md", "text/markdown", "0" * 64, "test", "2026-01-01T00:00:00+00:00")
LAB = Fact("lab", "potassium", "K", ((0, 20),), value=4.1, unit="mmol/L", value_text="4,1 mmol/L")
DRUG = Fact("drug", "bisoprolol", "Bisoprolol", ((21, 36),), status="continued")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    database = Database.open(tmp_path)
    yield DocumentStore(database)
    database.close()


def keep(store: DocumentStore, doc_id: str, day: str | None, patient: str = "P-1", **rest: object) -> None:
    stated = tuple(
        replace(one, doc_id=doc_id, recorded_at=day, at=Period(day, day) if day else None)
        for one in (LAB, DRUG)
    )
    base = Document(
        doc_id, SOURCE, "note", doc_id, TEXT, "fr", patient_id=patient, authored_at=day, facts=stated
    )
    document = replace(base, **rest)  # type: ignore[arg-type]
    store.begin_all([NewVersion(document, "r", 1)])
    store.commit(doc_id, "r")


def test_facts_carry_the_words_and_a_name_in_the_language(store: DocumentStore) -> None:
    keep(store, "a", "2026-01-02")
    found = RecordReader(store, Scope.everything(), "en").facts("P-1", kinds=frozenset({"lab"}))
    assert [(one.quotes, one.name, one.area) for one in found] == [
        (("Potassium 4,1 mmol/L",), "potassium", "lab")
    ]
    assert [one.name for one in RecordReader(store, Scope.everything()).facts("P-1")] == ["K", "Bisoprolol"]


def test_nobody_elses_record_is_read(store: DocumentStore) -> None:
    keep(store, "a", "2026-01-02")
    keep(store, "b", "2026-01-02", patient="P-2")
    scope = Scope(frozenset({"P-1"}), literature=True)
    assert {one.fact.doc_id for one in RecordReader(store, scope).facts("P-1")} == {"a"}
    for read in (
        RecordReader(store, scope).facts,
        RecordReader(store, scope).pathway,
        RecordReader(store, scope).coverage,
    ):
        with pytest.raises(NotAllowed):
            read("P-2")


def test_coverage_counts_pages_without_text_pages_read_poorly_and_failed_files(store: DocumentStore) -> None:
    pages = (
        Page(1, 0, 21),
        Page(2, 21, 21),
        Page(3, 21, 37, derived=True, confidence=0.5),
        Page(4, 21, 37, derived=True, confidence=0.9),
    )
    keep(store, "a", "2026-01-02", pages=pages)
    keep(store, "b", "2026-03", kind="letter")
    keep(store, "c", None)
    failed = [
        InputRecord(f"file:///{name}", "d", "f", "failed", patient_id=name, problem="pdf_broken")
        for name in ("P-1", "P-2")
    ]
    InputStore(store.database).put_all(failed)
    found = RecordReader(store, Scope.everything()).coverage("P-1")
    assert (found.pages, found.pages_without_text, found.pages_read_poorly) == (4, 1, 1)
    assert [one.patient_id for one in found.failed] == ["P-1"]
    assert found.kinds == (
        KindRead("letter", 1, "2026-03", "2026-03"),
        KindRead("note", 2, "2026-01-02", "2026-01-02"),
    )
    assert found.documents.documents_searched == 3


def test_what_stands_in_an_older_document_is_counted_as_copied(store: DocumentStore) -> None:
    keep(store, "a", "2026-01-02")
    keep(store, "b", "2026-02-02")
    found = RecordReader(store, Scope.everything()).coverage("P-1")
    assert (found.facts, found.copied_share) == (
        4,
        0.5,
    )  # both lines of the second letter are those of the first


def test_a_period_shows_what_may_lie_in_it(store: DocumentStore) -> None:
    keep(store, "a", "2026-01-02")
    reader = RecordReader(store, Scope.everything(), "en")
    assert [event.kind for event in reader.pathway("P-1").events] == ["drug", "lab"]
    assert [event.kind for event in reader.pathway("P-1", "2026-02").events] == [
        "drug"
    ]  # nothing says that it ended
    assert reader.pathway("P-1", None, "2025").events == ()
    assert [event.title for event in reader.pathway("P-1", kinds=frozenset({"lab"})).events] == [
        "potassium 4,1 mmol/L"
    ]
