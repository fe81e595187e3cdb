"""Short facts can be found and quoted: a value with its name, an item of a list; a line that only identifies
the patient is no answer.
"""

from __future__ import annotations

import pytest

from rag.answer.select.extracts import _stands_alone
from rag.answer.select.identity import asks_identity, only_identifies
from rag.answer.verify.contradictions import _are_of_other_hours
from rag.answer.verify.quotes import Quote
from rag.core.types import Document, Evidence, Passage, ScoredPassage, Source
from rag.ingest.passages import Chunker
from rag.retrieve.evidence import _says_something

SHORT = ["HbA1c 7,1 %.", "TA 128/76", "Poids 88", "- Pénicilline — actif", "- HTA", "Allergie : pénicilline"]


def quoted(text: str) -> Quote:
    passage = Passage("p", "d", "r", 0, 0, len(text), text, "", "note", "fr", (), None, "P1", None)
    return Quote(Evidence(1, ScoredPassage(passage, 1.0, 1, "dense"), 0, len(text), text), 0, len(text), text)


@pytest.mark.parametrize("fact", SHORT)
def test_a_short_fact_survives_cutting_evidence_and_quoting(fact: str) -> None:
    text = f"Consultation du jour.\n\n{fact}\n\nRevu dans trois mois avec un bilan."
    document = Document("d", Source("file:///a", "text/plain", "", "plain/2", ""), "note", "", text, "fr")
    assert any(fact in passage.text for passage in Chunker(10, 60).passages(document, "r"))
    assert _says_something(fact)
    assert _stands_alone(quoted(fact))


def test_serial_values_of_other_hours_contradict_nothing() -> None:
    morning, evening = (
        "| Troponine | 186 | 10 mars 2026 à 09:00 |",
        "| Troponine | 95 | 10 mars 2026 à 21:00 |",
    )
    assert _are_of_other_hours(morning, evening)
    assert not _are_of_other_hours(morning, "Troponine 95 à 9h00")
    assert not _are_of_other_hours(morning, "Troponine 95")


@pytest.mark.parametrize("text", ["-----", "Page 3 / 4", "Conclusion", "12"])
def test_a_page_number_or_a_lone_word_is_no_evidence(text: str) -> None:
    assert not _says_something(text)


def test_a_line_that_only_identifies_the_patient_answers_nothing_else() -> None:
    assert only_identifies("Patient : Mme MORNANT Odile, née le ")
    assert only_identifies("To: dr.b@chx.example")
    assert not only_identifies("From: the ward, potassium 6.1")
    assert not only_identifies("Patient asymptomatique")
    assert not only_identifies("Mme MORNANT est allergique")
    assert asks_identity("Quel âge a-t-elle ?")
    assert not asks_identity("Est-elle allergique à la pénicilline ?")
