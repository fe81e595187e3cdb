"""What a note says was not done, only feared, only headed or taken before must not come out as done,
confirmed or current.
"""

from __future__ import annotations

import pytest

from rag.clinical.facts import extract
from rag.core.facts import Fact


def _of(text: str, concept: str, *, language: str = "fr", kind: str = "progress_note") -> list[Fact]:
    found = extract(text, language=language, kind=kind, authored_at="2026-02-04")
    return [fact for fact in found if fact.concept == concept]


@pytest.mark.parametrize(
    ("text", "concept", "language"),
    [
        ("Intravenous thrombolysis was not given: outside the window.", "thrombolysis", "en"),
        ("Thrombectomy was not attempted.", "thrombectomy", "en"),
        ("Lumbar puncture was not required.", "lumbar_puncture", "en"),
        ("Coloscopie non indiquée chez ce patient.", "colonoscopy", "fr"),
        ("Coloscopie contre-indiquée.", "colonoscopy", "fr"),
        ("La coloscopie n'a pas pu être faite.", "colonoscopy", "fr"),
        ("Coloscopie initialement prévue le 09/02, différée pour fièvre.", "colonoscopy", "fr"),
        ("Coloscopie non envisagée.", "colonoscopy", "fr"),
    ],
)
def test_an_act_denied_after_its_name_is_not_done(text: str, concept: str, language: str) -> None:
    assert {fact.status for fact in _of(text, concept, language=language)} == {"cancelled"}


def test_an_english_sentence_in_a_french_note_is_read_in_english() -> None:
    assert [
        fact.status for fact in _of("Bilan du jour.\nLumbar puncture was declined.", "lumbar_puncture")
    ] == ["cancelled"]


def test_a_heading_states_no_act_but_the_title_of_a_report_does() -> None:
    note = "OBSERVATION\nDéficit droit depuis hier.\n\nTHROMBOLYSE\nSans objet."
    assert _of(note, "thrombolysis", kind="admission_note") == []
    report = "CORONAROGRAPHIE\nOpérateur : Dr Pélissier. Voie radiale."
    title = _of(report, "coronary_angiography", kind="operative_report")
    assert [(fact.status, fact.details["operator"]) for fact in title] == [("done", "Dr Pélissier")]


@pytest.mark.parametrize(
    "text",
    [
        "Risques expliqués : luxation, hémorragie, infection.",
        "Risks of bleeding, stroke and infection were discussed.",
    ],
)
def test_a_risk_explained_is_no_illness(text: str) -> None:
    found = extract(
        text, language="en" if "were" in text else "fr", kind="operative_report", authored_at="2026-02-04"
    )
    assert {(fact.assertion, fact.status) for fact in found if fact.kind == "condition"} == {
        ("hypothesis", "")
    }


def test_a_unit_a_word_and_a_vaccine_are_no_illness() -> None:
    for text in ("Heparin 5000 IU given.", "A 63 year Old woman did well.", "Vaccination grippe faite."):
        found = extract(text, language="en" if "grippe" not in text else "fr", authored_at="2026-02-04")
        assert not [
            fact
            for fact in found
            if fact.concept in ("urinary_tract_infection", "oxygen_home", "type_1_diabetes", "influenza")
        ]


def test_a_drug_not_given_after_all_is_denied() -> None:
    assert [fact.assertion for fact in _of("Héparine 5000 UI non faite.", "heparin")] == ["negated"]
    assert [fact.assertion for fact in _of("Protamine non nécessaire.", "protamine")] == ["negated"]


def test_a_treatment_of_the_past_or_replaced_is_not_continued() -> None:
    assert [fact.assertion for fact in _of("Il était sous simvastatine 20 mg.", "simvastatin")] == ["history"]
    assert [fact.assertion for fact in _of("He was on simvastatin 20 mg.", "simvastatin", language="en")] == [
        "history"
    ]
    assert [fact.status for fact in _of("ézétimibe 10 mg/j (relais de la simvastatine)", "simvastatin")] == [
        "stopped"
    ]
    assert [fact.status for fact in _of("Énoxaparine terminée le 02/02.", "enoxaparin")] == ["stopped"]


def test_drugs_of_the_theatre_are_given_once() -> None:
    for text, concept in (("Iodixanol 80 mL.", "iodixanol"), ("Bupivacaine infiltration.", "bupivacaine")):
        assert [fact.status for fact in _of(text, concept, kind="imaging_report")] == ["given"]


def test_a_sentence_that_ends_on_a_date_does_not_date_what_follows() -> None:
    note = "Allergie : amoxicilline (urticaire en 2003).\nTraitement à l'entrée : bisoprolol 5 mg 1/j"
    (drug,) = _of(note, "bisoprolol", kind="admission_note")
    assert drug.at is not None
    assert drug.at.start == "2026-02-04"


def test_the_reason_of_a_stop_is_not_that_of_the_return() -> None:
    found = _of("Bisoprolol suspendu le 02/02 pour bradycardie, repris le 04/02 à 2,5 mg/j.", "bisoprolol")
    assert [(fact.status, fact.reason) for fact in found] == [("stopped", "bradycardie"), ("started", "")]


def test_treatment_taken_home_is_of_the_letter_not_of_the_stay() -> None:
    letter = "Hospitalisé du 20/01/2026 au 04/02/2026.\nTRAITEMENT DE SORTIE\nramipril 5 mg 1/j"
    (drug,) = _of(letter, "ramipril", kind="discharge_letter")
    assert drug.at is not None
    assert drug.at.start == "2026-02-04"
