"""One answer speaks of one patient at most."""

from __future__ import annotations

import pytest

from rag.core.types import Passage, ScoredPassage
from rag.retrieve.patients import choose_patient, named_patients


def hit(patient: str | None, score: float, rank: int, text: str = "x") -> ScoredPassage:
    passage = Passage(
        f"p{rank}", f"d{rank}", "r", 0, 0, len(text), text, "t", "note", "fr", patient_id=patient
    )
    return ScoredPassage(passage, score, rank, "hybrid")


def patients(hits: tuple[ScoredPassage, ...]) -> list[str | None]:
    return [hit.passage.patient_id for hit in hits]


def test_a_patient_far_ahead_is_chosen_alone() -> None:
    choice = choose_patient(
        "Quelle dose ?", [hit("A", 0.9, 1), hit(None, 0.8, 2), hit("B", 0.5, 3), hit("A", 0.4, 4)]
    )
    assert (choice.patient_id, patients(choice.hits), choice.clear) == ("A", ["A", "A"], True)


def test_two_patients_close_together_are_not_mixed() -> None:
    choice = choose_patient("Quelle dose ?", [hit("A", 0.9, 1), hit("B", 0.85, 2), hit(None, 0.2, 3)])
    assert not choice.clear
    assert choice.notice == "several_patients"


def test_the_patient_whose_name_the_question_holds_is_chosen_whatever_the_scores() -> None:
    hits = [hit("A", 0.9, 1, "M. Perrache, 60 ans."), hit("B", 0.85, 2, "Mme Bellecour a été opérée.")]
    assert choose_patient("Bellecour : quelle dose ?", hits).patient_id == "B"


def test_two_patients_of_one_name_are_not_told_apart_by_it() -> None:
    hits = [hit("A", 0.9, 1, "M. Bellecour, 60 ans."), hit("B", 0.1, 2, "Mme Bellecour a été opérée.")]
    assert not choose_patient("Bellecour : quelle dose ?", hits).clear


def test_no_records_no_patient() -> None:
    assert choose_patient("Quelle dose ?", [hit(None, 0.9, 1)]).hits == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Dose chez demo-p01 ?", {"DEMO-P01"}),
        ("DEMO-P01 ou DEMO-P02 ?", {"DEMO-P01", "DEMO-P02"}),
        ("DEMO-P010 ?", set()),
        ("xDEMO-P01", set()),
        ("Dose d'apixaban ?", set()),
    ],
)
def test_patients_are_named_by_whole_identifiers(question: str, expected: set[str]) -> None:
    assert named_patients(question, ["DEMO-P01", "DEMO-P02"]) == expected
