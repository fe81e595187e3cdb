"""Names say whose record; what is left says what is asked."""

from __future__ import annotations

import pytest

from rag.clinical.persons import named_in, person_names, without_names
from rag.clinical.times.recency import asks_for_latest, recency


def test_names_follow_their_title() -> None:
    texts = [
        "Patient : M. Bellecour, 68 ans.",
        "Mme Croix-Paquet",
        "Dr B. (fictif)",
        "Mr Saint-Just was seen",
        "la dose",
    ]
    assert person_names(texts) == {"bellecour", "croix-paquet", "saint-just"}


def test_names_are_found_as_whole_words_whatever_their_case() -> None:
    assert named_in("BELLECOUR pth ?", {"bellecour", "perrache"}) == {"bellecour"}
    assert named_in("Bellecourt ?", {"bellecour"}) == frozenset()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Bellecour PTH : quel côté ?", "PTH : quel côté ?"),
        ("Quelle est la dose de M. Bellecour aujourd'hui ?", "Quelle est la dose aujourd'hui ?"),
        ("Why was Mr Bellecour's dose changed?", "Why was dose changed?"),
        ("Bellecour ?", "Bellecour ?"),
        ("Quelle dose d'apixaban ?", "Quelle dose d'apixaban ?"),
    ],
)
def test_a_question_without_its_names(question: str, expected: str) -> None:
    assert without_names(question, {"bellecour"}) == expected


@pytest.mark.parametrize(
    "question",
    [
        "furosémide dose actuelle",
        "Quelle FEVG à la dernière échographie ?",
        "What is the current dose?",
        "latest Hb",
    ],
)
def test_questions_for_the_latest(question: str) -> None:
    assert asks_for_latest(question)


@pytest.mark.parametrize(
    "question", ["Dose en décembre 2025 ?", "What was the dose in March?", "Quel côté ?"]
)
def test_questions_of_any_time(question: str) -> None:
    assert not asks_for_latest(question)


def test_recency_goes_from_the_earliest_to_the_latest() -> None:
    assert recency(["2026-01", "2026-03-02", None, "2025"]) == [0.5, 1.0, 0.0, 0.0]
    assert recency(["2026", "2026"]) == [0.0, 0.0]
