"""A question of several things is cut into what it asks: by sentences, joints, lists, numbers, and where it
was dictated without punctuation; what asks nothing is context, and greetings are nothing.
"""

from __future__ import annotations

import pytest

from rag.understand import understand
from rag.understand.reading import MAX_PARTS


def parts_of(question: str) -> list[str]:
    return [part.text.split(" : ")[-1].rstrip(" ?") for part in understand(question).parts]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("allergies et traitement de sortie", ["allergies", "traitement de sortie"]),
        (
            "Give me allergies, current medications, weight and next appointment",
            ["Give me allergies", "current medications", "weight", "next appointment"],
        ),
        ("fièvre ? drain ? groupe sanguin ?", ["fièvre", "drain", "groupe sanguin"]),
        ("1. Allergies\n2. Traitement de sortie", ["Allergies", "Traitement de sortie"]),
        ("- allergies ;\n- poids ;\n- tabac", ["allergies", "poids", "tabac"]),
        (
            "Prend-elle encore de la metformine, pourquoi, et sa kaliémie, et son poids",
            ["Prend-elle encore de la metformine", "pourquoi", "sa kaliémie", "son poids"],
        ),
        ("Did Mr. Essai have a transfusion? Any fever?", ["Did have a transfusion", "Any fever"]),
    ],
)
def test_each_thing_asked_is_a_part(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "traitement de l'embolie pulmonaire et de la thrombose veineuse profonde",
        "interaction entre apixaban et aspirine",
        "Délai entre l'admission et l'opération ?",
        "Metformine et insuffisance rénale : dose maximale ?",
        "antécédents personnels et familiaux de thrombose",
        "poids et taille",
        "rivaroxaban après PTG : dose et date de la dernière prise",
        "La durée de la prednisone chez ce patient est-elle conforme aux recommandations ?",
        "Delay between admission and surgery?",
    ],
)
def test_one_thing_stays_one(question: str) -> None:
    assert len(understand(question).parts) == 1


def test_dictation_without_punctuation() -> None:
    asked = (
        "dose d'apixaban actuelle et avant pourquoi depuis quand dernière kaliémie "
        "la créatinine a-t-elle augmenté"
    )
    assert parts_of(asked) == [
        "dose d'apixaban actuelle et avant",
        "pourquoi",
        "depuis quand",
        "dernière kaliémie",
        "la créatinine a-t-elle augmenté",
    ]
    assert len(understand("which side was operated on by which approach and any allergies").parts) >= 2


def test_what_asks_nothing_is_context_and_greetings_are_left_out() -> None:
    (part,) = understand("Bonjour. Patient de 80 ans, 57 kg. Quelle dose d'apixaban ? Merci d'avance.").parts
    assert part.text == "Quelle dose d'apixaban ?"
    assert part.context == "Patient de 80 ans, 57 kg"


def test_a_part_that_speaks_of_a_drug_before_it_is_searched_with_its_name() -> None:
    _, second = understand(
        "What dose of tranexamic acid should be given, and is it safe in renal impairment?"
    ).parts
    assert "tranexamic acid" in second.context


def test_a_new_thing_takes_nothing_from_the_part_before() -> None:
    _, second = understand("HbA1c ? Qui a opéré ?").parts
    assert not second.named
    _, second = understand("Statut HER2 ? Y a-t-il une mutation BRCA ?").parts
    assert not second.named


def test_parts_beyond_what_one_answer_takes_are_counted() -> None:
    asked = " ".join(f"Valeur de la CRP le {day} mars ?" for day in range(1, MAX_PARTS + 4))
    understood = understand(asked)
    assert len(understood.parts) == MAX_PARTS
    assert understood.left_out == 3
