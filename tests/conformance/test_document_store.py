"""The registry of documents, on every database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.errors import NotFound, StorageError, Unavailable
from rag.core.types import Code, Document, Filters, Link, Page, Section, Source
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.inputs import InputStore
from rag.store.records import InputRecord, NewVersion
from rag.store.sources import SourceStore

FILE = "file:///in/report.md"


def document(
    doc_id: str = "d1", *, text: str = "Genou droit, arthrose.", uri: str = FILE, **fields: object
) -> Document:
    source = Source(uri, "text/markdown", "a" * 64, "plain/1", "2026-11-01T00:00:00+00:00")
    base = Document(doc_id=doc_id, source=source, kind="note", title="Note", text=text, language="fr")
    return replace(base, **fields)  # type: ignore[arg-type]


@pytest.fixture
def store(database: Database) -> DocumentStore:
    return DocumentStore(database)


def visible(store: DocumentStore, *documents: Document) -> None:
    for found in documents:
        store.begin(found, "r1", 1)
        store.commit(found.doc_id, "r1")
    store.settle([found.doc_id for found in documents])


def test_document_comes_back_whole(store: DocumentStore) -> None:
    whole = document(
        sections=(Section(("Note", "Suites"), 0, 5, 1),),
        pages=(Page(1, 0, 5), Page(2, 5, 22)),
        patient_id="P1",
        encounter_id="E1",
        authored_at="2026-03",
        codes=(Code("ccam", "NEKA020", "PTH"),),
        links=(Link("report", "d2"),),
        metadata={"evidence_level": "rct"},
    )
    visible(store, whole)
    assert store.get("d1") == whole


def test_document_being_written_is_not_visible(store: DocumentStore) -> None:
    store.begin(document(), "r1", 3)
    assert store.get("d1") is None
    assert store.texts(["d1"]) == {}
    assert list(store.list()) == []
    assert store.ready_revisions(["d1"]) == {}
    assert store.coverage().documents_searched == 0
    assert store.unfinished() == ("d1",)


def test_old_version_stays_visible_until_the_new_one_is_committed(store: DocumentStore) -> None:
    visible(store, document(text="ancien"))
    store.begin(document(text="nouveau"), "r2", 1)
    assert store.texts(["d1"]) == {"d1": "ancien"}
    store.commit("d1", "r2")
    assert store.texts(["d1"]) == {"d1": "nouveau"}
    assert store.ready_revisions(["d1", "absent"]) == {"d1": "r2"}
    assert [summary.revision for summary in store.list()] == ["r2"]


def test_commit_of_several_is_all_or_none(store: DocumentStore) -> None:
    store.begin(document("d1"), "r1", 1)
    with pytest.raises(StorageError, match="d2"):
        store.commit_all({"d1": "r1", "d2": "r1"})
    assert store.get("d1") is None


def test_update_keeps_the_day_a_document_was_added(store: DocumentStore) -> None:
    visible(store, document())
    added = next(store.list()).added_at
    store.begin(document(text="autre"), "r2", 1)
    store.commit("d1", "r2")
    assert next(store.list()).added_at == added


def test_journal_names_a_document_until_it_is_settled(store: DocumentStore) -> None:
    store.begin_all([NewVersion(document("d1"), "r1", 1), NewVersion(document("d2"), "r1", 1)])
    store.commit_all({"d1": "r1", "d2": "r1"})
    assert store.unfinished() == ("d1", "d2")
    store.settle(["d1"])
    assert store.unfinished() == ("d2",)


def test_abandoned_version_leaves_the_visible_one(store: DocumentStore) -> None:
    visible(store, document(text="ancien"))
    store.begin_all(
        [NewVersion(document("d1", text="nouveau"), "r2", 1), NewVersion(document("d2"), "r1", 1)]
    )
    store.abandon(store.unfinished())
    assert store.texts(["d1", "d2"]) == {"d1": "ancien"}


def test_a_version_begun_again_replaces_the_one_that_was_interrupted(store: DocumentStore) -> None:
    store.begin(document(text="un"), "r1", 1)
    store.begin(document(text="deux"), "r2", 1)
    with pytest.raises(StorageError):
        store.commit("d1", "r1")
    store.commit("d1", "r2")
    assert store.texts(["d1"]) == {"d1": "deux"}


def test_deleted_document_is_gone_and_journalled(store: DocumentStore) -> None:
    visible(store, document())
    assert store.delete("d1")
    assert store.get("d1") is None
    assert store.unfinished() == ("d1",)
    assert not store.delete("absent")


def test_by_source_finds_every_record_of_a_file_and_no_other_file(store: DocumentStore) -> None:
    visible(
        store,
        document("a", uri="file:///c.jsonl#1"),
        document("b", uri="file:///c.jsonl#2"),
        document("c", uri="file:///c.jsonl.bak#1"),
    )
    assert set(store.by_source("file:///c.jsonl")) == {"a", "b"}


def test_relocated_document_keeps_its_revision(store: DocumentStore) -> None:
    visible(store, document())
    store.relocate("d1", replace(document().source, uri="file:///elsewhere.md", sha256="b" * 64), None)
    found = store.get("d1")
    assert found is not None
    assert found.source.uri == "file:///elsewhere.md"
    assert store.ready_revisions(["d1"]) == {"d1": "r1"}


FILTER_CASES = {
    "all": (Filters(), {"p1-jan", "p1-month", "p2-feb", "lit", "lit-undated"}),
    "one patient": (Filters.for_patient("P1", literature=False), {"p1-jan", "p1-month"}),
    "one patient and literature": (
        Filters.for_patient("P1", literature=True),
        {"p1-jan", "p1-month", "lit", "lit-undated"},
    ),
    "no literature": (Filters(literature=False), {"p1-jan", "p1-month", "p2-feb"}),
    "literature only": (Filters(patient_ids=frozenset()), {"lit", "lit-undated"}),
    "from 10 February": (Filters(date_from="2026-02-10"), {"p1-month", "p2-feb"}),
    "to January": (Filters(date_to="2026-01"), {"p1-jan", "lit"}),
    "kind": (Filters(kinds=frozenset({"guideline"})), {"lit"}),
    "language": (Filters(languages=frozenset({"en"})), {"lit-undated"}),
    "ids": (Filters(doc_ids=frozenset({"lit", "absent"})), {"lit"}),
    "nothing": (Filters(doc_ids=frozenset()), set()),
}


@pytest.mark.parametrize("case", FILTER_CASES)
def test_filters_mean_what_they_mean_for_passages(store: DocumentStore, case: str) -> None:
    visible(
        store,
        document("p1-jan", patient_id="P1", authored_at="2026-01-15"),
        document("p1-month", patient_id="P1", authored_at="2026-02"),
        document("p2-feb", patient_id="P2", authored_at="2026-02-10T08:00:00+00:00"),
        document("lit", kind="guideline", authored_at="2025"),
        document("lit-undated", language="en"),
    )
    filters, expected = FILTER_CASES[case]
    assert {summary.doc_id for summary in store.list(filters)} == expected
    assert store.coverage(filters).documents_searched == len(expected)


def test_coverage_says_kinds_period_and_patient(store: DocumentStore) -> None:
    visible(
        store,
        document("a", patient_id="P1", kind="biology", authored_at="2026-02"),
        document("b", patient_id="P1", kind="biology", authored_at="2026-02-10"),
        document("c", patient_id="P1", kind="note"),
        document("d", patient_id="P2", authored_at="2020"),
    )
    coverage = store.coverage(Filters.for_patient("P1", literature=False))
    assert coverage.documents_searched == 3
    assert coverage.kinds == {"biology": 2, "note": 1}
    assert (coverage.date_from, coverage.date_to) == (
        "2026-02",
        "2026-02",
    )  # February starts before and ends after its 10th day
    assert coverage.patient_id == "P1"


def test_list_is_ascending_and_goes_past_one_page_of_rows(store: DocumentStore) -> None:
    names = [f"d{number:04}" for number in range(1203)]
    store.begin_all([NewVersion(document(name), "r1", 2) for name in names])
    store.commit_all(dict.fromkeys(names, "r1"))
    assert [summary.doc_id for summary in store.list()] == names
    everything = Filters(doc_ids=frozenset(names))
    assert [summary.doc_id for summary in store.list(everything)] == names
    assert store.coverage(everything).documents_searched == 1203
    assert len(store.ready_revisions(names)) == 1203
    assert store.passage_total() == 2406


def test_ids_ascend_by_code_point(store: DocumentStore) -> None:
    visible(store, document("b"), document("B"), document("é"), document("a-1"), document("a1"))
    assert [summary.doc_id for summary in store.list()] == ["B", "a-1", "a1", "b", "é"]


def test_patients_are_counted(store: DocumentStore) -> None:
    visible(
        store,
        document("a", patient_id="P2"),
        document("b", patient_id="P1"),
        document("c", patient_id="P2"),
        document("d"),
    )
    assert store.patients() == {"P1": 1, "P2": 2}
    assert store.of_patient("P2") == ("a", "c")


def test_failed_input_is_kept_with_its_reason(database: Database) -> None:
    inputs = InputStore(database)
    inputs.put(InputRecord(FILE, "x", "f", "failed", 0, "P1", "pdf_password", {"file": "/in/report.pdf"}))
    inputs.put(InputRecord("file:///ok.md", "y", "f", "done"))
    (failure,) = inputs.failures()
    assert (failure.uri, failure.problem, failure.variables) == (
        FILE,
        "pdf_password",
        {"file": "/in/report.pdf"},
    )
    assert inputs.of_patient("P1") == (FILE,)
    inputs.put(InputRecord(FILE, "z", "f", "done"))
    assert list(inputs.failures()) == []
    assert inputs.delete([FILE, "file:///never"]) == 1
    assert inputs.get(FILE) is None


def test_second_writer_is_turned_away_until_the_first_ends(database: Database) -> None:
    with database.writer(), pytest.raises(Unavailable), database.writer(wait_s=0):
        pass
    with database.writer(wait_s=0):
        pass


def test_error_in_a_transaction_undoes_it_and_frees_the_writer(store: DocumentStore) -> None:
    with pytest.raises(ZeroDivisionError), store.database.writer(), store.database.write():
        raise ZeroDivisionError
    with store.database.writer(wait_s=0):
        visible(store, document())


def test_blob_is_stored_once_under_its_digest_and_erased_with_its_last_use(
    database: Database, store: DocumentStore, tmp_path: Path
) -> None:
    sources = SourceStore(database, tmp_path / "sources")
    (tmp_path / "a").write_bytes(b"same")
    (tmp_path / "b").write_bytes(b"same")
    sha256 = sources.put(tmp_path / "a")
    assert sources.put(tmp_path / "b") == sha256
    # sha256 of b"same", from coreutils' sha256sum
    assert sha256 == "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    assert [
        str(file.relative_to(tmp_path / "sources"))
        for file in (tmp_path / "sources").rglob("*")
        if file.is_file()
    ] == [f"{sha256[:2]}/{sha256[2:]}"]
    store.begin(document("d1"), "r1", 1, sha256)
    store.begin(document("d2"), "r1", 1, sha256)
    store.delete("d1")
    assert sources.sweep() == ()
    with sources.open(sha256) as stream:
        assert stream.read() == b"same"
    store.delete("d2")
    assert sources.sweep() == (sha256,)
    with pytest.raises(NotFound):
        sources.open(sha256)


def test_blob_without_document_is_swept(database: Database, tmp_path: Path) -> None:
    sources = SourceStore(database, tmp_path / "sources")
    (tmp_path / "a").write_bytes(b"orphan")
    sha256 = sources.put(tmp_path / "a")
    assert sources.sweep(["0" * 64]) == ()
    assert sources.sweep([sha256]) == (sha256,)
    assert not sources.path(sha256).exists()
