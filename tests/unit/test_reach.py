"""What a cue governs: lists, verbs, conjunctions, other cues, relatives, parts of a note."""

from __future__ import annotations

import pytest

from rag.clinical.facts.conditions import assertion_at
from rag.clinical.facts.note import read_note


def _said(text: str, thing: str, language: str = "fr") -> str:
    note = read_note(text, (), language, "", "", "2026-03-20")
    start = text.index(thing)
    return assertion_at(note, (start, start + len(thing)), note.sentence_at(start).end)[0]


@pytest.mark.parametrize(
    ("text", "thing", "said"),
    [
        ("Pas de fièvre, de toux ni de dyspnée mais une céphalée.", "dyspnée", "negated"),
        ("Pas de fièvre, de toux ni de dyspnée mais une céphalée.", "céphalée", "present"),
        ("Pas de fièvre, toux, dyspnée.", "dyspnée", "negated"),
        ("Pas d'ascite, pas d'ictère, varices grade I.", "varices", "present"),
        ("ATCD : HTA, pas de diabète, AVC.", "AVC", "history"),
        ("ATCD : HTA, pas de diabète, AVC.", "diabète", "negated"),
        ("Pas seulement une entorse.", "entorse", "present"),
        ("Pneumopathie sans changement.", "Pneumopathie", "present"),
        ("N'exclut pas une fracture.", "fracture", "hypothesis"),
        ("Suspicion d'embolie éliminée.", "embolie", "negated"),
        ("Lupus suspecté puis confirmé.", "Lupus", "present"),
        ("Infarctus éliminé.", "Infarctus", "negated"),
        ("Le scanner élimine un infarctus.", "infarctus", "negated"),
        ("Le diagnostic de péricardite est envisagé.", "péricardite", "hypothesis"),
        ("Pas de fibrillation documentée.", "fibrillation", "negated"),
        ("Antécédent de phlébite, consulte pour asthénie.", "asthénie", "present"),
        ("EP ?", "EP", "hypothesis"),
        ("Pas de suspicion d'EP.", "EP", "negated"),
        ("En cas de fièvre, consulter.", "fièvre", "hypothesis"),
        ("Thrombose : aucun antécédent de phlébite.", "Thrombose", "present"),
        ("Thrombose : aucun antécédent de phlébite.", "phlébite", "negated"),
        ("Diabète : non, HTA : oui.", "Diabète", "negated"),
        ("Diabète : non, HTA : oui.", "HTA", "present"),
        ("| Diabète | non |", "Diabète", "negated"),
        ("☐ diabète ☒ HTA", "HTA", "present"),
        ("Zona en 2020.", "Zona", "history"),
        ("HTA depuis 2012.", "HTA", "present"),
        ("Varicelle dans l'enfance.", "Varicelle", "history"),
        ("Mère : cancer du sein.", "cancer du sein", "family"),
        ("La mère rapporte une fièvre.", "fièvre", "present"),
        ("Mère de 3 enfants, diabétique.", "diabétique", "present"),
        ("Vit avec sa mère. Asthme.", "Asthme", "present"),
        ("Antécédents familiaux :\n- diabète\nExamen :\nœdème", "diabète", "family"),
        ("Antécédents familiaux :\n- diabète\nExamen :\nœdème", "œdème", "present"),
    ],
)
def test_french_cue_governs_what_its_language_lets_it(text: str, thing: str, said: str) -> None:
    assert _said(text, thing) == said


@pytest.mark.parametrize(
    ("text", "thing", "said"),
    [
        ("No fever, chills or cough but has dyspnea.", "cough", "negated"),
        ("No fever, chills or cough but has dyspnea.", "dyspnea", "present"),
        ("No neck stiffness, right otitis media.", "otitis media", "present"),
        ("Not only pneumonia but also effusion.", "pneumonia", "present"),
        ("Cannot exclude fracture.", "fracture", "hypothesis"),
        ("?PE", "PE", "hypothesis"),
        ("Pulmonary embolism was ruled out.", "Pulmonary embolism", "negated"),
        ("5-month-old with bronchiolitis.", "bronchiolitis", "present"),
        ("s/p stroke.", "stroke", "history"),
        ("History of stroke presenting with fatigue.", "fatigue", "present"),
        ("Return if fever.", "fever", "hypothesis"),
        ("No family history of colon cancer.", "colon cancer", "family"),
        ("Mother denies apnea.", "apnea", "negated"),
        ("Sister with asthma.", "asthma", "family"),
    ],
)
def test_english_cue_governs_what_its_language_lets_it(text: str, thing: str, said: str) -> None:
    assert _said(text, thing, "en") == said


def test_sentence_in_the_other_language_is_read_as_such() -> None:
    assert _said("Patient vu ce jour. No evidence of fever or cough.", "cough", "fr") == "negated"


def test_denied_illness_of_a_relative_is_said_to_be_denied() -> None:
    note = read_note("Pas d'antécédent familial de cancer.", (), "fr", "", "", None)
    stand = note.stand((29, 35))
    assert (stand.assertion, stand.is_denied) == ("family", True)
