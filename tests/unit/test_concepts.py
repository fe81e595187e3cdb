"""The concept table: what a text names, whatever its spelling, language and abbreviations."""

from __future__ import annotations

import pytest

from rag.clinical.concepts import by_code, concept, concepts, kinds_of, mentions


def named(text: str, **wanted: list[str]) -> list[str]:
    return [mention.concept_id for mention in mentions(text, **wanted)]


def test_mentions_stand_where_the_text_names_them() -> None:
    text = "Créat 145 µmol/L, sans insuffisance rénale aiguë."
    found = mentions(text)
    assert [(mention.concept_id, mention.text) for mention in found][:1] == [("creatinine", "Créat")]
    assert all(text[mention.start : mention.end] == mention.text for mention in found)


def test_longest_form_wins() -> None:
    assert named("insuffisance rénale aiguë") == ["acute_kidney_injury"]


@pytest.mark.parametrize(
    "text",
    [
        "hémoglobine",
        "HEMOGLOBINE",
        "l'hémoglobine",
        "l’Hémoglobine",
        "haemoglobin",
        "hemoglobin",
        "Hb 9,8",
        "hb 9,8",
    ],
)
def test_spelling_accents_case_elision_make_no_difference(text: str) -> None:
    assert named(text) == ["haemoglobin"]


@pytest.mark.parametrize(
    "text", ["insuffisances rénales aiguës", "insuffisance rénale aigue", "INSUFFISANCE RENALE AIGUE"]
)
def test_plural_and_feminine_are_met(text: str) -> None:
    assert named(text) == ["acute_kidney_injury"]


def test_two_letter_abbreviation_in_lower_case_is_known_before_a_number_only() -> None:
    assert named("ta 12/7") == ["blood_pressure"]
    assert "blood_pressure" not in named("ta réponse")
    assert named("500 mg 3 fois") == []


def test_line_in_capitals_makes_no_abbreviation_of_a_word() -> None:
    assert "systolic_pressure" not in named("DOULEUR THORACIQUE, PAS DE FIEVRE")
    assert "systolic_pressure" in named("La PAS est à 140")


def test_ambiguous_abbreviation_gives_every_reading() -> None:
    found = mentions("Patient adressé pour PTH.")
    assert {mention.concept_id for mention in found if mention.text == "PTH"} == {
        "pth",
        "total_hip_arthroplasty",
    }
    assert all(mention.is_ambiguous for mention in found if mention.text == "PTH")


def test_words_of_the_sentence_tell_an_abbreviation() -> None:
    assert "pth" not in named("PTH droite pour coxarthrose")
    assert "total_hip_arthroplasty" not in named("PTH 45 pg/mL")


def test_kinds_and_languages_choose_what_is_given() -> None:
    text = "Fièvre, CRP 120 mg/L"
    assert named(text, kinds=["lab"]) == ["crp"]
    assert "fever" not in named("fièvre", languages=["en"])


def test_code_gives_its_concept() -> None:
    found = by_code("loinc", "2160-0")
    assert found is not None
    assert found.id == "creatinine"
    assert by_code("loinc", "nothing") is None


def test_values_of_a_lab_come_to_one_unit() -> None:
    measures = {measure.unit: measure.factor for measure in concept("creatinine").measured_in}
    assert next(iter(measures)) == "umol/L"
    assert float(measures["mg/L"] * 10) == pytest.approx(88.42)  # 10 mg/L of creatinine (113.1 g/mol)
    glucose = {measure.unit: measure.factor for measure in concept("glucose").measured_in}
    assert float(glucose["g/L"]) == pytest.approx(5.551)  # 1 g/L ÷ 180.16 g/mol


def test_table_holds_what_a_record_holds() -> None:
    assert len(concepts("lab")) >= 150
    assert len(concepts("condition")) >= 400
    assert len(concepts("procedure")) + len(concepts("imaging")) >= 200


def test_broader_concepts_are_in_the_table_and_never_in_a_circle() -> None:
    for row in concepts():
        for broader in row.broader:
            assert row.id not in kinds_of(broader)
            assert concept(broader)
