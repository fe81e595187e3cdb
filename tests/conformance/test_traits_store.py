"""Who patients are, on every database: the later and the trusted document counts, and a row goes with its
version.
"""

from __future__ import annotations

import pytest

from rag.core.traits import Traits, homonyms
from rag.core.types import Filters
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.records import NewVersion
from rag.store.traits import TraitStore
from tests.conformance.test_document_store import document


@pytest.fixture
def store(database: Database) -> DocumentStore:
    return DocumentStore(database)


def write(
    store: DocumentStore, name: str, patient_id: str | None, day: str, who: Traits, *, trusted: bool = True
) -> None:
    new = document(name, patient_id=patient_id, authored_at=day, traits=who)
    store.begin_all([NewVersion(new, "r1", 1, trusted=trusted)])
    store.commit_all({name: "r1"})
    store.settle([name])


def test_later_document_counts_and_earlier_ones_fill_in(store: DocumentStore, database: Database) -> None:
    write(store, "a", "P1", "2024-01-02", Traits("AINAY", given="Anne", born="1950-05-03"))
    write(store, "b", "P1", "2026-01-02", Traits("FOURVIÈRE", "AINAY", sex="f"))
    write(store, "c", None, "2026-01-02", Traits("NOBODY"))
    assert TraitStore(database).of_patients(Filters()) == {
        "P1": Traits("FOURVIÈRE", "AINAY", "Anne", "1950-05-03", "f")
    }


def test_what_was_uploaded_renames_nobody(store: DocumentStore, database: Database) -> None:
    write(store, "a", "P1", "2024-01-02", Traits("FOURVIÈRE", given="Anne"))
    write(store, "b", "P1", "2026-01-02", Traits("PERRACHE", given="Lucie", sex="f"), trusted=False)
    assert TraitStore(database).of_patients(Filters())["P1"] == Traits("FOURVIÈRE", given="Anne", sex="f")


def test_filters_hide_whom_they_do_not_name(store: DocumentStore, database: Database) -> None:
    write(store, "a", "P1", "2024-01-02", Traits("FOURVIÈRE"))
    write(store, "b", "P2", "2024-01-02", Traits("BELLECOUR"))
    only = Filters.for_patient("P2", literature=False)
    assert TraitStore(database).of_patients(only) == {"P2": Traits("BELLECOUR")}
    assert TraitStore(database).of_patients(Filters(patient_ids=frozenset())) == {}


def test_traits_go_with_their_document(store: DocumentStore, database: Database) -> None:
    write(store, "a", "P1", "2024-01-02", Traits("FOURVIÈRE"))
    assert TraitStore(database).of_version("a", "r1") == Traits("FOURVIÈRE")
    store.delete("a")
    assert TraitStore(database).of_patients(Filters()) == {}


def test_homonyms_share_a_family_name_and_no_differing_first_name() -> None:
    known = {
        "P1": Traits("Fourvière", "Ainay", "Anne Marie"),
        "P2": Traits("AINAY", given="anne"),
        "P3": Traits("Ainay", given="Lucie"),
        "P4": Traits("Bellecour"),
        "P5": Traits("BELLECOUR", given="Jean"),
        "P6": Traits(given="Anne"),
    }
    assert homonyms(known) == {
        "P1": frozenset({"P2"}),
        "P2": frozenset({"P1"}),
        "P4": frozenset({"P5"}),
        "P5": frozenset({"P4"}),
    }
