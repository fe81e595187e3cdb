"""Evidence of the literature comes from the document that the question is about, and is weighed by what that
document names.
"""

from __future__ import annotations

import pytest

from rag.answer.relevance.cases import CaseChoice, of_the_case, weighed
from rag.answer.relevance.gate import Relevance, RelevanceGate
from rag.core.types import Passage, ScoredPassage

GATE = RelevanceGate.load()
QUESTION = "Quel était le taux de bilirubine de la patiente opérée d'un phéochromocytome ?"
TEXTS = {
    "own": "Une femme est opérée d'un phéochromocytome. Le bilan était normal. La bilirubine était à 12.",
    "other": "Un homme a une hépatite. La bilirubine était à 300.",
    "english": "A woman had a phaeochromocytoma removed. The bilirubin level was 12.",
}


def hit(doc_id: str, rank: int, patient_id: str | None = None, language: str = "fr") -> ScoredPassage:
    text = TEXTS[doc_id]
    made = Passage(
        f"{doc_id}-0", doc_id, "r1", 0, 0, len(text), text, "Cas", "article", language, patient_id=patient_id
    )
    return ScoredPassage(made, 1.0 / rank, rank, "rerank", {})


def documents(choice: CaseChoice) -> list[str]:
    return [one.passage.doc_id for one in choice.hits]


def test_a_document_that_names_less_of_the_question_is_left_out_though_it_ranks_first() -> None:
    choice = of_the_case(GATE, QUESTION, "fr", [hit("other", 1), hit("own", 2)], TEXTS)
    assert documents(choice) == ["own"]
    assert choice.share is not None
    assert choice.share > 0.8


def test_words_of_a_question_may_stand_anywhere_in_the_document() -> None:
    choice = of_the_case(GATE, QUESTION, "fr", [hit("own", 1)], TEXTS)
    assert not [weight for weight in choice.missing if weight >= 1]


def test_documents_of_another_language_are_compared_among_themselves() -> None:
    hits = [hit("own", 1), hit("english", 2, language="en"), hit("other", 3)]
    assert documents(of_the_case(GATE, QUESTION, "fr", hits, TEXTS)) == ["own", "english"]


def test_a_patients_documents_are_all_kept() -> None:
    hits = [hit("other", 1, "P1"), hit("own", 2, "P1")]
    choice = of_the_case(GATE, QUESTION, "fr", hits, TEXTS)
    assert documents(choice) == ["other", "own"]
    assert choice.share is None
    assert weighed(Relevance(0.4), choice) == Relevance(0.4)


@pytest.mark.parametrize("read", [None, 0.5])
def test_evidence_of_a_document_that_never_names_the_thing_asked_is_less_likely(read: float | None) -> None:
    asked = "Quelle dose de spironolactone a reçu la patiente opérée d'un phéochromocytome ?"
    there = of_the_case(GATE, QUESTION, "fr", [hit("own", 1)], TEXTS)
    not_there = of_the_case(GATE, asked, "fr", [hit("own", 1)], TEXTS)
    assert weighed(Relevance(0.6), not_there, read).score < weighed(Relevance(0.6), there, read).score


def test_no_hits_choose_nothing() -> None:
    assert of_the_case(GATE, QUESTION, "fr", [], {}) == CaseChoice(())
