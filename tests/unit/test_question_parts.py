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
        "rivaroxaban après PTG : dose et date de la dernière prise",
        "La durée de la prednisone chez ce patient est-elle conforme aux recommandations ?",
        "Delay between admission and surgery?",
    ],
)
def test_one_thing_stays_one(question: str) -> None:
    assert len(understand(question).parts) == 1


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("FEVG, poids et tension", ["FEVG", "poids", "tension"]),
        ("Poids, TA et dose d'amlodipine actuels ?", ["Poids", "TA", "dose d'amlodipine actuels"]),
        (
            "créatinine et kaliémie avant l'intervention",
            ["créatinine avant l'intervention", "kaliémie avant l'intervention"],
        ),
        (
            "La créatinine et la CRP ont-elles augmenté ?",
            ["La créatinine ont-elles augmenté", "la CRP ont-elles augmenté"],
        ),
        ("dose de metformine et DFG à 35", ["dose de metformine et DFG à 35"]),
        ("Évolution de la créatinine et de la kaliémie", ["Évolution de la créatinine et de la kaliémie"]),
    ],
)
def test_a_list_of_measures_is_answered_one_by_one(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    ("before", "question", "intent", "named", "side"),
    [
        ("Quelle prothèse à la hanche gauche ?", "Et à droite ?", "procedure", "hip", "right"),
        ("Was metformin stopped?", "why?", "stopped_why", "metformin", ""),
        ("Quelle est la dose actuelle d'apixaban ?", "et avant ?", "dose_change", "apixaban", ""),
        ("Allergies ?", "et les traitements ?", "treatment_now", "", ""),
        (
            "Quelle est la dose d'énoxaparine ?",
            "non, je parle de l'apixaban",
            "treatment_now",
            "apixaban",
            "",
        ),
        ("Le genou gauche est-il opéré ?", "et l'autre côté ?", None, "", "right"),
    ],
)
def test_a_followup_takes_what_it_leaves_out_and_turns_what_it_changes(
    before: str, question: str, intent: str | None, named: str, side: str
) -> None:
    (part,) = understand(question, history=[before]).parts
    assert intent in (None, part.intent)
    assert not named or named in part.concepts
    assert part.side == side
    assert not (part.side == "right" and "gauche" in part.text)


def test_whether_documents_agree_is_no_yes_or_no() -> None:
    assert not understand("Le dossier se contredit-il sur les allergies ?").parts[0].is_yes_no
    assert not understand("Do the documents disagree about the allergy?").parts[0].is_yes_no


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


def test_items_of_a_list_are_asked_even_where_one_only_has_the_form_of_a_question() -> None:
    asked = "1. créatinine le 12/03/2025\n2. Dose de digoxine\n3. Prend-elle encore de la spironolactone"
    assert len(understand(asked).parts) == 3
    assert parts_of("Kaliémie le 3 mars 2024. A-t-elle de la fièvre ?") == [
        "Kaliémie le 3 mars 2024",
        "A-t-elle de la fièvre",
    ]


def test_what_is_asked_of_an_operation_is_no_question_of_the_allergen_before() -> None:
    _, second = understand("Est-il allergique au latex ? Voie d'abord ?").parts
    assert not second.named


def test_what_is_asked_of_an_operation_keeps_its_side() -> None:
    first, second = understand("Qui a opéré la hanche gauche et par quelle voie ?").parts
    assert (first.side, second.side) == ("left", "left")
