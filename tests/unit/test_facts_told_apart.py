"""Facts that letters of many hands write close together, and that must not be taken for each other."""

from __future__ import annotations

import pytest

from rag.clinical.facts import extract
from rag.core.facts import Fact


def _of(text: str, kind: str, *, language: str = "fr", note: str = "") -> list[Fact]:
    facts = extract(text, language=language, kind=note, authored_at="2026-03-20")
    return [fact for fact in facts if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Prick tests négatifs pour le latex.", "fr", [("latex", "documented_absent", "")]),
        (
            "Penicillin skin tests negative, allergy ruled out.",
            "en",
            [("penicillin", "documented_absent", "")],
        ),
        (
            "Allergies : codéine : nausées (effet secondaire, pas d'allergie).",
            "fr",
            [("codeine", "present", "intolerance")],
        ),
        ("Lisinopril caused cough (intolerance).", "en", [("lisinopril", "present", "intolerance")]),
        ("Latex allergy: angioedema.", "en", [("latex", "present", "")]),
        ("Bisoprolol 2,5 mg bien toléré, poursuivi.", "fr", []),
        ("Son père est allergique à l'aspirine.", "fr", []),
    ],
)
def test_what_is_tolerated_tested_or_a_relatives_is_no_allergy(
    text: str, language: str, expected: list[tuple[str, str, str]]
) -> None:
    facts = _of(text, "allergy", language=language)
    assert [(fact.concept, fact.status, fact.details.get("type", "")) for fact in facts] == expected


def test_a_relatives_allergy_is_a_fact_of_the_family() -> None:
    (fact,) = _of("Son père est allergique à l'aspirine.", "family")
    assert (fact.concept, fact.value_text, fact.details["relation"]) == ("allergy", "aspirine", "father")


def test_the_reason_of_a_stop_names_its_allergen_whole() -> None:
    text = "Amoxicilline arrêtée le 12/03/2026, motif : allergie à la pénicilline. Relais par clindamycine."
    stopped, started = _of(text, "drug")
    assert (stopped.status, stopped.reason) == ("stopped", "allergie à la pénicilline")
    assert (started.concept, started.status) == ("clindamycin", "started")


def test_a_relay_stops_one_drug_and_starts_the_other() -> None:
    facts = _of("Relais de l'héparine par apixaban le 16/03/2026.", "drug")
    assert [(fact.concept, fact.status) for fact in facts] == [
        ("heparin", "stopped"),
        ("apixaban", "started"),
    ]


REPORT = """COMPTE RENDU OPÉRATOIRE
Date de l'intervention : 14/03/2026
Opérateur : Dr Lucie MARTIN
Aide : BENALI Karim
Anesthésie : générale + bloc fémoral
Intervention : Ostéosynthèse du fémur gauche par clou centromédullaire
Indication : fracture. IRM : œdème.
Voie d'abord : latérale
Description : Ostéotomie du trochanter, puis ténotomie. Mise en place d'un clou titane Fictiva 11 mm.
Radiographie de contrôle prévue à J1.
"""


def test_a_report_of_an_operation_tells_one_operation_with_its_parts() -> None:
    facts = _of(REPORT, "procedure", note="operative_report")
    (operation,) = (fact for fact in facts if fact.details)
    assert (operation.concept, operation.side, operation.at and operation.at.start) == (
        "osteosynthesis",
        "left",
        "2026-03-14",
    )
    assert operation.details == {
        "operator": "Dr Lucie MARTIN",
        "assistant": "BENALI Karim",
        "anaesthesia": "générale + bloc fémoral",
        "approach": "latérale",
        "implant": "clou titane Fictiva 11 mm",
    }
    others = {fact.concept: (fact.status, fact.at and fact.at.start) for fact in facts if not fact.details}
    # J1 of an operation on the 14th is the 15th; the image that led to the operation has no day in the report
    assert others == {"magnetic_resonance_imaging": ("done", None), "radiography": ("planned", "2026-03-15")}


def test_a_surgeon_belongs_to_the_act_beside_which_he_stands() -> None:
    facts = _of("ATCD : appendicectomie (1988), PTH droite le 12/05/2019 (Dr Morel).", "procedure")
    assert [fact.details.get("operator", "") for fact in facts] == ["", "Dr Morel"]


def test_a_device_put_in_and_taken_out_has_both_days() -> None:
    facts = _of("PICC line inserted 3 March 2026, removed 12 March 2026.", "device", language="en")
    assert [(fact.status, fact.at and fact.at.start) for fact in facts] == [
        ("in_place", "2026-03-03"),
        ("removed", "2026-03-12"),
    ]


def test_an_hour_before_or_after_a_value_is_its_time() -> None:
    text = "08:15 FC 76\n14:00 FC 88, T° 38,9 à 15h30.\n"
    facts = _of(text, "vital", note="nursing_note")
    assert [(fact.concept, fact.at and fact.at.start) for fact in facts] == [
        ("heart_rate", "2026-03-20T08:15"),
        ("heart_rate", "2026-03-20T14:00"),
        ("temperature", "2026-03-20T15:30"),
    ]


def test_a_directive_is_told_in_its_own_words() -> None:
    (fact,) = _of("Directives : PAS DE REANIMATION, pas d'intubation (décision du 12/03/2026).", "directive")
    assert (fact.assertion, fact.at and fact.at.start) == ("present", "2026-03-12")
    assert fact.value_text.startswith("PAS DE REANIMATION, pas d'intubation")


def test_values_of_one_test_by_days_have_the_unit_of_its_heading() -> None:
    facts = _of("Hb (g/dL) 11,2 le 10/03, 9,8 le 12/03 puis 10,4 le 14/03/2026.", "lab")
    assert [(fact.value, fact.unit, fact.at and fact.at.start) for fact in facts] == [
        (11.2, "g/dL", "2026-03-10"),
        (9.8, "g/dL", "2026-03-12"),
        (10.4, "g/dL", "2026-03-14"),
    ]


def test_a_list_among_relatives_comes_back_to_the_patient() -> None:
    text = "Antécédents familiaux : cancer du sein chez la mère. Personnels : asthme."
    assert [(fact.concept, fact.assertion) for fact in _of(text, "condition")] == [("asthma", "history")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Arrêtés : ramipril (hyperkaliémie), metformine (acidose)",
            [("stopped", "hyperkaliémie"), ("stopped", "acidose")],
        ),
        ("Introduits : insuline glargine 12 UI le soir", [("started", "")]),
        ("Ne prend pas d'aspirine.", [("", "")]),
        (
            "Je diminue le bisoprolol de 10 à 5 mg car bradycardie et j'introduis du ramipril.",
            [("changed", "bradycardie"), ("started", "")],
        ),
    ],
)
def test_lists_and_reasons_belong_to_their_own_drug(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(fact.status, fact.reason) for fact in _of(text, "drug")] == expected


def test_a_drug_taken_until_a_day_is_so_from_the_letter_on() -> None:
    text = (
        "Traitement de sortie :\n- énoxaparine 4000 UI SC pendant 35 jours (fin le 18/04/2026)\n"
        "- paracétamol 1 g si fièvre, max 4 g/j"
    )
    until, needed = _of(text, "drug", note="discharge_letter")
    assert until.at is not None
    assert (until.at.start, until.at.end) == (None, "2026-04-18")
    assert (needed.details["as_needed"], "frequency" in needed.details) == ("si fièvre", False)


def test_a_drug_of_an_earlier_stay_has_the_year_of_that_stay() -> None:
    (fact,) = _of("During her 2019 admission she received vancomycin.", "drug", language="en")
    assert (fact.status, fact.at and fact.at.start) == ("given", "2019")


def test_vaccines_are_told_one_by_one_and_are_no_disease() -> None:
    text = "Vaccinations : grippe le 15/10/2025, Prevenar 13 en 2024, rappel dTP à prévoir."
    assert [(fact.label, fact.status, fact.at and fact.at.start) for fact in _of(text, "procedure")] == [
        ("grippe", "done", "2025-10-15"),
        ("Prevenar 13", "done", "2024"),
        ("rappel dTP", "planned", None),
    ]
    assert _of(text, "condition") == []


def test_a_childs_values_are_not_its_mothers() -> None:
    text = (
        "Accouchement le 14/03/2026. Enfant de sexe féminin, poids 3 250 g, taille 49 cm, Apgar 9/10/10."
        " Mère : TA 120/70."
    )
    facts = {fact.concept: fact for fact in _of(text, "vital")}
    assert "weight" not in facts
    assert (
        facts["birth_weight"].details["subject"],
        facts["birth_weight"].at and facts["birth_weight"].at.start,
    ) == ("newborn", "2026-03-14")
    assert facts["apgar"].value_text == "9/10/10"
    assert facts["height"].status == "unconfirmed"
    assert (facts["systolic_pressure"].value, facts["systolic_pressure"].status) == (120, "final")


def test_values_said_to_be_of_admission_have_its_day() -> None:
    text = (
        "Hospitalisé du 9 au 17 février 2026.\nEntrée : T 39,4, CRP 218.\n"
        "Na 128 à l'entrée, 131 le 12/02, 136 le 15/02. Poids 46 kg (49 kg à l'entrée). Hb 7,8 g/dl le"
        " 10/02 ; contrôle 9,6 le 12/02. Contrôle TSH à 6 semaines."
    )
    facts = extract(text, language="fr", kind="discharge_letter", authored_at="2026-02-17")
    values = [
        (fact.concept, fact.value, fact.at and (fact.at.start or "")[5:10])
        for fact in facts
        if fact.kind in ("lab", "vital")
    ]
    assert ("crp", 218, "02-09") in values
    assert [one[1:] for one in values if one[0] == "sodium"] == [
        (128, "02-09"),
        (131, "02-12"),
        (136, "02-15"),
    ]
    assert ("weight", 49, "02-09") in values
    assert [one[1:] for one in values if one[0] == "haemoglobin"] == [(7.8, "02-10"), (9.6, "02-12")]
    assert not any(one[0] == "tsh" for one in values)


def test_a_note_without_capitals_is_read_line_by_line() -> None:
    text = (
        "allergie aucune connue\ntraitement levothyrox 75 µg donepezil 10 mg kardegic 75 mg\n"
        "directives anticipees pas de reanimation personne de confiance sa fille\n"
    )
    assert [(fact.concept, fact.value_text) for fact in _of(text, "drug")] == [
        ("levothyroxine", "75 µg"),
        ("donepezil", "10 mg"),
        ("acetylsalicylic_acid", "75 mg"),
    ]
    assert [fact.value_text for fact in _of(text, "directive")] == ["pas de reanimation", "sa fille"]


def test_a_test_that_finds_nothing_was_done_itself() -> None:
    (scan,) = _of("Pas de collection au scanner du 10/02/2026.", "procedure")
    assert (scan.status, scan.assertion, scan.at and scan.at.start) == ("done", "present", "2026-02-10")


def test_what_was_operated_on_is_an_operation_unless_denied() -> None:
    text = "ATCD : hernie inguinale gauche opérée en 2003, fracture du poignet non opérée."
    assert [(fact.label, fact.side, fact.at and fact.at.start) for fact in _of(text, "procedure")] == [
        ("hernie inguinale gauche opérée", "left", "2003")
    ]


def test_a_course_from_day_to_day_is_relayed_by_the_next_drug() -> None:
    first, second = _of("Méropénem du 9 au 13/02/2026 relayé par ertapénem jusqu'au 23/02/2026.", "drug")
    assert first.at is not None
    assert (first.status, first.at.start, first.at.end) == ("stopped", "2026-02-09", "2026-02-13")
    assert (second.concept, second.status) == ("ertapenem", "started")


def test_a_level_of_a_drug_is_no_dose_but_what_follows_it_is() -> None:
    text = "Tacrolimus résiduel 11,8 le 10/02/2026 : diminué à 3 mg/j.\n| Tacrolimus | 4.1 ng/mL |"
    assert [(fact.status, fact.value_text) for fact in _of(text, "drug")] == [("changed", "3 mg/j")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Tests cutanés :\n- ioméprol : IDR positive\n- iohexol : IDR négative",
            [("iomeprol", "present"), ("iohexol", "documented_absent")],
        ),
        ("Prick tests : arachide 11 mm, noisette 0.", [("tree_nut", "documented_absent")]),
        ("Il dit être allergique à la carbamazépine.", [("carbamazepine", "unconfirmed")]),
        ("Allergie : codéine. Ne fume pas, pas d'alcool. No alcohol.", [("codeine", "present")]),
        ("L'éruption sous amoxicilline, allergie non confirmée.", [("amoxicillin", "unconfirmed")]),
    ],
)
def test_tests_and_tales_of_allergy_stand_as_they_are_told(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(fact.concept, fact.status) for fact in _of(text, "allergy")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IPP : BX-1203\nTraitement : IPP 20 mg/j.", [("continued", "20 mg/j")]),
        ("Pas de reprise du ramipril.", [("started", "")]),
        (
            "On a introduit mirtazapine 7,5 mg le 20 janvier, augmentée à 15 mg le 4 février.",
            [("started", "7,5 mg"), ("changed", "15 mg")],
        ),
        ("Traitements arrêtés\n- zopiclone 3,75 mg : chutes nocturnes", [("stopped", "3,75 mg")]),
    ],
)
def test_numbers_of_patients_are_no_drugs_and_turns_have_their_own_doses(
    text: str, expected: list[tuple[str, str]]
) -> None:
    facts = _of(text, "drug")
    assert [(fact.status, fact.value_text) for fact in facts] == expected
    assert all(fact.assertion == ("negated" if "Pas de" in text else "present") for fact in facts)


@pytest.mark.parametrize(
    ("text", "conditions", "intervals"),
    [
        ("ECG : rythme sinusal, PR 180 ms, QRS fins.", [], [180.0]),
        ("PR allongé sur l'ECG, pas d'autre anomalie.", [], []),
        ("Suivie pour une PR, sous méthotrexate.", [("rheumatoid_arthritis", "confirmed")], []),
        ("ATCD : PR.", [("rheumatoid_arthritis", "unconfirmed")], []),
    ],
)
def test_the_interval_of_an_ecg_is_no_arthritis(
    text: str, conditions: list[tuple[str, str]], intervals: list[float]
) -> None:
    named = [(fact.concept, fact.status) for fact in _of(text, "condition")]
    assert [one for one in named if one[0] == "rheumatoid_arthritis"] == conditions
    assert [fact.value for fact in _of(text, "vital")] == intervals


def test_a_value_in_bold_is_a_value_and_a_star_behind_it_a_mark() -> None:
    text = (
        "| Analyse | 20/03/2026 | Unité | 10/01/2026 |\n| --- | --- | --- | --- |\n"
        "| Créatinine | **161** | µmol/L | 114 |\n| Potassium | **6,2** (contrôlé) | mmol/L | 4,7 * |\n"
    )
    found = [(fact.concept, fact.value, fact.at.start[:7] if fact.at else "") for fact in _of(text, "lab")]
    assert found == [
        ("creatinine", 161.0, "2026-03"),
        ("creatinine", 114.0, "2026-01"),
        ("potassium", 6.2, "2026-03"),
        ("potassium", 4.7, "2026-01"),
    ]
