"""Links between a study, its images and its report, on every database: both ways, in whatever order, and
within one patient.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from rag.core.types import Document, Link
from rag.store.database import Database
from rag.store.documents import DocumentStore
from tests.conformance.test_document_store import document, visible

IMAGE = {"study_uid": "1.2.3", "instance_uid": "1.2.3.9", "modality": "CT"}


@pytest.fixture
def store(database: Database) -> DocumentStore:
    return DocumentStore(database)


def made(
    doc_id: str, kind: str, patient: str | None = "P1", date: str | None = "2026-03-12", **facts: str
) -> Document:
    return document(
        doc_id, kind=kind, title=doc_id.title(), patient_id=patient, authored_at=date, metadata=facts
    )


def linked(store: DocumentStore, doc_id: str) -> set[tuple[str, str, str]]:
    found = store.get(doc_id)
    assert found is not None
    return {(link.relation, link.doc_id, link.by) for link in store.linked(found)}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_links_hold_both_ways_in_whatever_order_documents_arrive(
    store: DocumentStore, order: tuple[int, ...]
) -> None:
    documents = (
        made("image", "image", accession_number="A1", **IMAGE),
        made("study", "imaging_study", study_uid="1.2.3"),
        made("report", "imaging_report", date="2026-03-13", accession_number="A1"),
    )
    visible(store, *(documents[place] for place in order))
    assert linked(store, "image") == {
        ("study", "study", "study_uid"),
        ("report", "report", "accession_number"),
    }
    assert linked(store, "report") == {("image", "image", "accession_number")}
    assert linked(store, "study") == {("image", "image", "study_uid")}


def test_number_of_another_patient_links_nothing(store: DocumentStore) -> None:
    visible(
        store,
        made("image", "image", accession_number="A1"),
        made("report", "imaging_report", patient="P2", accession_number="A1"),
    )
    assert linked(store, "image") == set()
    assert linked(store, "report") == set()


def test_report_names_its_key_image(store: DocumentStore) -> None:
    visible(
        store,
        made("image", "image", **IMAGE),
        made("report", "imaging_report", date=None, refers_to="1.2.3.8 1.2.3.9"),
    )
    assert linked(store, "report") == {("image", "image", "instance_uid")}


def test_same_day_is_told_from_a_number(store: DocumentStore) -> None:
    visible(
        store,
        made("image", "image", modality="CT"),
        made("report", "imaging_report"),
        made("later", "imaging_report", date="2026-03-13"),
    )
    assert linked(store, "image") == {("report", "report", "same_day")}
    assert linked(store, "report") == {("image", "image", "same_day")}


@pytest.mark.parametrize(
    "facts",
    [{"accession_number": "A2"}, {"modality": "MR"}, {"study_uid": "9.9"}],
    ids=["other request", "other modality", "other study"],
)
def test_same_day_links_nothing_where_something_speaks_against_it(
    store: DocumentStore, facts: dict[str, str]
) -> None:
    visible(
        store,
        made("image", "image", accession_number="A1", **IMAGE),
        made("report", "imaging_report", **facts),
    )
    assert linked(store, "image") == set()


def test_images_of_one_study_are_not_linked_to_each_other(store: DocumentStore) -> None:
    visible(
        store, made("one", "image", **IMAGE), made("two", "image", **{**IMAGE, "instance_uid": "1.2.3.10"})
    )
    assert linked(store, "one") == set()


def test_declared_link_is_found_from_the_other_side(store: DocumentStore) -> None:
    letter = document(
        "letter", patient_id="P1", links=(Link("attachment", "scan"), Link("attachment", "absent"))
    )
    visible(store, letter, document("scan", kind="biology", patient_id="P1"))
    assert linked(store, "letter") == {("attachment", "scan", "document")}
    assert linked(store, "scan") == {("attached_to", "letter", "document")}


def test_link_goes_with_its_document(store: DocumentStore) -> None:
    visible(
        store,
        made("image", "image", accession_number="A1"),
        made("report", "imaging_report", accession_number="A1"),
    )
    store.delete("report")
    assert linked(store, "image") == set()


def test_new_version_with_another_number_is_linked_anew(store: DocumentStore) -> None:
    visible(
        store,
        made("image", "image", accession_number="A1"),
        made("report", "imaging_report", accession_number="A1"),
    )
    store.begin(made("report", "imaging_report", accession_number="A2"), "r2", 1)
    assert linked(store, "image") == {("report", "report", "accession_number")}
    store.commit("report", "r2")
    assert linked(store, "image") == set()
