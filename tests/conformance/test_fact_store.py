"""Facts live and die with the version of their document, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.core.facts import Fact, Period
from rag.core.types import Code, Document, Filters, Source
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.facts import FactStore

POTASSIUM = Fact(
    "lab",
    "potassium",
    "K+",
    spans=((0, 6),),
    value=4.2,
    unit="mmol/L",
    value_text="4,2",
    at=Period("2026-03-12T06:00", "2026-03-12T06:00", "minute"),
    codes=(Code("loinc", "2823-3", "Potassium"),),
    details={"specimen": "sang"},
)
ALLERGY = Fact(
    "allergy", "penicillin", "Pénicilline", spans=((8, 19),), status="documented_absent", assertion="negated"
)


def document(doc_id: str, patient: str | None, *facts: Fact, day: str = "2026-03-12") -> Document:
    source = Source(f"file:///{doc_id}.txt", "text/plain", "0" * 64, "plain/1", "2026-03-13T00:00:00+00:00")
    text = "K+ 4,2. Pénicilline"
    return Document(doc_id, source, "note", "", text, "fr", patient_id=patient, authored_at=day, facts=facts)


@pytest.fixture
def store(database: Database) -> DocumentStore:
    return DocumentStore(database)


@pytest.fixture
def facts(database: Database) -> FactStore:
    return FactStore(database)


def put(store: DocumentStore, written: Document, revision: str = "r1") -> None:
    store.begin(written, revision, 1)
    store.commit(written.doc_id, revision)


def test_fact_comes_back_whole_with_its_owner(store: DocumentStore, facts: FactStore) -> None:
    put(store, document("a", "P1", POTASSIUM, ALLERGY))
    found = facts.facts(Filters.for_patient("P1", literature=False))
    assert found == (
        replace(POTASSIUM, doc_id="a", patient_id="P1"),
        replace(ALLERGY, doc_id="a", patient_id="P1"),
    )


def test_version_that_is_not_visible_states_nothing(store: DocumentStore, facts: FactStore) -> None:
    store.begin(document("a", "P1", POTASSIUM), "r1", 1)
    assert facts.facts(Filters()) == ()


def test_new_version_takes_the_place_of_the_facts_before(store: DocumentStore, facts: FactStore) -> None:
    put(store, document("a", "P1", POTASSIUM))
    put(store, document("a", "P1", ALLERGY), "r2")
    assert [fact.kind for fact in facts.facts(Filters())] == ["allergy"]


def test_filters_leave_out_other_patients_periods_kinds_and_concepts(
    store: DocumentStore, facts: FactStore
) -> None:
    put(store, document("a", "P1", POTASSIUM, ALLERGY))
    put(store, document("b", "P2", POTASSIUM))
    put(store, document("c", "P1", POTASSIUM, day="2025-01-01"))
    recent = Filters(patient_ids=frozenset({"P1"}), date_from="2026")
    assert [fact.doc_id for fact in facts.facts(recent, kinds=frozenset({"lab"}))] == ["a"]
    assert [fact.concept for fact in facts.facts(recent, concepts=frozenset({"penicillin"}))] == [
        "penicillin"
    ]
    assert facts.facts(Filters(patient_ids=frozenset())) == ()


def test_erased_document_leaves_no_fact(store: DocumentStore, facts: FactStore) -> None:
    put(store, document("a", "P1", POTASSIUM))
    store.delete("a")
    assert facts.facts(Filters()) == ()
    assert facts.of_version("a", "r1") == ()


def test_facts_of_a_version_are_replaced_only_where_they_differ(
    store: DocumentStore, facts: FactStore
) -> None:
    put(store, document("a", "P1", POTASSIUM))
    assert not facts.replace("a", "r1", [POTASSIUM])
    assert facts.replace("a", "r1", [replace(POTASSIUM, value_text="4,20")])
    assert [fact.value_text for fact in facts.facts(Filters())] == ["4,20"]


def test_document_read_whole_brings_its_facts(store: DocumentStore) -> None:
    put(store, document("a", "P1", POTASSIUM))
    whole = store.whole("a")
    assert whole is not None
    assert [fact.concept for fact in whole.facts] == ["potassium"]
