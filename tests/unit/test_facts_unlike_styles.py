"""Facts of notes in unlike styles: dictated, in capitals, telegraphic, American, in columns."""

from __future__ import annotations

import pytest

from rag.clinical.facts import extract
from rag.core.facts import Fact

DAY = "2025-09-26"


def _facts(text: str, kind: str, language: str = "fr", note: str = "", day: str = DAY) -> list[Fact]:
    return [one for one in extract(text, language=language, authored_at=day, kind=note) if one.kind == kind]


def _values(
    text: str, concept: str, language: str = "fr", day: str = DAY
) -> list[tuple[float | None, str | None]]:
    return [
        (one.value, one.at.start if one.at else None)
        for one in extract(text, language=language, authored_at=day)
        if one.concept == concept
    ]


@pytest.mark.parametrize(
    ("text", "concept", "unit"),
    [
        ("créatinine à 96 micromoles par litre", "creatinine", "umol/L"),
        ("une hémoglobine à 14,2 grammes par décilitre", "haemoglobin", "g/dL"),
        ("HB 8,2 G/DL", "haemoglobin", "g/dL"),
    ],
)
def test_units_are_read_in_words_and_in_capitals(text: str, concept: str, unit: str) -> None:
    (found,) = _facts(text, "lab")
    assert (found.concept, found.unit) == (concept, unit)


def test_a_row_of_results_in_lower_case_gives_each_of_them() -> None:
    found = {
        one.concept: one.value for one in _facts("gb 14,2 pnn 11,8 hb 11,1 creat 101 k 3,4 na 139", "lab")
    }
    assert found == {
        "white_cells": 14.2,
        "neutrophils": 11.8,
        "haemoglobin": 11.1,
        "creatinine": 101,
        "potassium": 3.4,
        "sodium": 139,
    }


def test_an_hour_after_a_value_is_no_second_value() -> None:
    assert [one.value for one in _facts("dextro 1,86 a 20h insuline rapide 6 ui", "lab")] == [1.86]


def test_the_day_of_admission_does_not_date_what_is_measured_after_it() -> None:
    text = "entree hier pour pneumopathie, sat 92, t 38,6"
    assert _values(text, "temperature") == [(38.6, DAY)]


def test_an_earlier_value_set_against_the_present_one_has_its_own_time() -> None:
    assert _values("Poids 61 kg (55 en juin).", "weight") == [(61, DAY), (55, "2025-06")]
    assert _values("ALT 36 (it was 112 on 6 March 2024), eGFR 74.", "alat", "en") == [
        (36, DAY),
        (112, "2024-03-06"),
    ]


def test_a_verb_joins_the_values_of_one_course() -> None:
    found = _facts("Creatinine peaked at 1.9 and returned to 1.4.", "lab", "en")
    assert [one.value for one in found] == [1.9, 1.4]


def test_a_note_that_writes_its_own_day_month_first_is_read_so_throughout() -> None:
    text = "CLINIC NOTE 06/04/2025\nBMP 6/3: Na 136"
    assert _values(text, "sodium", "en", "2025-06-04") == [(136, "2025-06-03")]


def test_a_header_above_the_titles_of_a_table_dates_its_columns() -> None:
    text = (
        "Prescripteur : Dr Sablon      Prélèvement du 20/06/2025\n"
        "                         20/06/2025      Antériorité 14/03/2025   Valeurs de référence\n"
        "HEMOGRAMME\n"
        "Hémoglobine             11,6 g/dL                 12,4            12,0 - 16,0\n"
    )
    assert _values(text, "haemoglobin") == [(11.6, "2025-06-20"), (12.4, "2025-03-14")]


def test_the_date_of_one_illness_is_not_that_of_the_next() -> None:
    text = "Insuffisance cardiaque découverte en 2021 et un diabète de type 2."
    found = {one.concept: one.at.start if one.at else None for one in _facts(text, "condition")}
    assert found == {"heart_failure": "2021", "type_2_diabetes": DAY}


def test_a_culture_gives_its_germ_or_that_it_grew_none() -> None:
    found = _facts("ecbu: e. coli 10^6\nhemocs 2 paires negatives", "lab")
    assert [(one.concept, one.value_text) for one in found] == [
        ("urine_culture", "e. coli"),
        ("blood_culture", "negatives"),
    ]


def test_a_drug_chosen_for_an_allergy_in_brackets_is_not_the_allergen() -> None:
    text = "Clindamycine 900 mg (allergie pénicilline)."
    assert [one.concept for one in _facts(text, "allergy")] == ["penicillin"]
    assert [one.concept for one in _facts(text, "drug")] == ["clindamycin"]


def test_an_allergy_that_nobody_asked_about_is_no_documented_absence() -> None:
    assert _facts("Allergie non documentée.", "allergy") == []


def test_doses_that_follow_one_another_are_each_a_change_of_their_day() -> None:
    found = _facts("Néomercazole diminué à 20 mg/j le 22/07 puis 10 mg/j ce jour.", "drug")
    assert [(one.value_text, one.at.start if one.at else None) for one in found] == [
        ("20 mg/j", "2025-07-22"),
        ("10 mg/j", DAY),
    ]


def test_what_the_writer_does_is_read_in_the_first_person() -> None:
    found = _facts("Je majore le furosémide à 60 mg et j'introduis de la dapagliflozine 10 mg.", "drug")
    assert [(one.concept, one.status) for one in found] == [
        ("furosemide", "changed"),
        ("dapagliflozin", "started"),
    ]


def test_the_reason_of_a_stop_may_stand_in_brackets() -> None:
    (found,) = _facts("AMLODIPINE ARRETEE (HYPOTENSION)", "drug")
    assert (found.status, found.reason) == ("stopped", "HYPOTENSION")


@pytest.mark.parametrize(
    ("text", "language", "state"),
    [
        ("Il a arrêté complètement de fumer le 1er juillet 2024.", "fr", "former"),
        ("Il reste abstinent du tabac depuis juillet.", "fr", "former"),
        ("La patiente fume toujours 10 cigarettes par jour.", "fr", "current"),
        ("She has never smoked and drinks 6 units of alcohol a week.", "en", "never"),
    ],
)
def test_tobacco_is_read_with_what_became_of_it(text: str, language: str, state: str) -> None:
    tobacco = [one for one in _facts(text, "lifestyle", language) if one.concept == "tobacco"]
    assert [one.details["state"] for one in tobacco] == [state]


def test_a_report_names_its_operator_and_its_approach() -> None:
    text = (
        "OPERATEUR : DR BRISSAUD   AIDE : DR KERMEL\nINTERVENTION : PROTHESE INTERMEDIAIRE DE "
        "HANCHE\nVOIE D'ABORD : MOORE"
    )
    (found,) = [
        one for one in _facts(text, "procedure", note="operative_report") if one.concept == "hemiarthroplasty"
    ]
    assert (found.details["operator"], found.details["approach"]) == ("DR BRISSAUD", "MOORE")


def test_capitals_of_another_language_are_no_illness() -> None:
    assert _facts("PROGRESS NOTE HD#3. Feels better.", "condition", "en") == []


def test_a_labelled_row_gives_its_result_of_its_day_and_hour() -> None:
    row = "date : 2025-09-0{} ; heure : 08:00 ; analyse : Potassium ; resultat : {} ; unite : mmol/L{}"
    text = "\n".join(
        (row.format(4, "4,1", ""), row.format(5, "5,9", " ; commentaire : ECHANTILLON HEMOLYSE"))
    )
    assert [(one.value, one.status, one.at.start if one.at else None) for one in _facts(text, "lab")] == [
        (4.1, "final", "2025-09-04T08:00"),
        (5.9, "unusable", "2025-09-05T08:00"),
    ]


def test_the_day_that_begins_a_diary_entry_is_that_of_all_of_it() -> None:
    text = "03/09 18:30 Hb 9,8\n04/09 07:00 apyrétique. Hb 9,1"
    assert _values(text, "haemoglobin") == [(9.8, "2025-09-03T18:30"), (9.1, "2025-09-04T07:00")]


def test_a_date_that_closes_a_run_of_results_is_that_of_each() -> None:
    text = "Créat 82 µmol/L, K 4,4 (labo du 16/01)."
    assert _values(text, "creatinine") == [(82, "2025-01-16")]
    assert _values(text, "potassium") == [(4.4, "2025-01-16")]


@pytest.mark.parametrize(
    "text",
    ["POIDS > 20 KG, stylos à renouveler", "un seul critère (créatinine > 133)", "Hb -> 2 CGR prescrits"],
)
def test_a_condition_or_a_count_of_something_else_is_no_result(text: str) -> None:
    assert _facts(text, "lab") + _facts(text, "vital") == []


def test_an_arrow_before_another_thing_ends_the_course() -> None:
    assert [one.value for one in _facts("Hb 7,6 -> 2 CGR prescrits", "lab")] == [7.6]


def test_an_elision_without_its_apostrophe_is_no_side() -> None:
    assert [one.side for one in _facts("CRISE D ASTHME CE JOUR", "condition")] == [""]


def test_who_tells_of_something_does_not_have_it() -> None:
    text = "Cauchemars selon la maman : montélukast arrêté ce jour."
    assert [(one.status, one.assertion) for one in _facts(text, "drug")] == [("stopped", "present")]


def test_an_allergen_that_was_taken_since_is_none() -> None:
    text = "Denies ever having had a reaction to penicillin - has had amoxicillin many times, no problem."
    assert {one.status for one in _facts(text, "allergy", "en")} == {"documented_absent"}


def test_an_absence_said_of_one_allergen_is_not_that_of_all() -> None:
    assert [
        one for one in _facts("Œuf : sensibilisation sans allergie", "allergy") if one.concept == "allergy"
    ] == []


def test_a_drug_replaced_by_another_is_stopped() -> None:
    found = _facts("Atorvastatine remplacée par rosuvastatine 10 mg.", "drug")
    assert [(one.concept, one.status) for one in found] == [
        ("atorvastatin", "stopped"),
        ("rosuvastatin", "started"),
    ]


def test_a_suspicion_told_with_its_outcome_is_settled() -> None:
    text = "Pulmonary embolism was considered but CTPA was negative."
    assert [one.status for one in _facts(text, "condition", "en")] == ["refuted"]
