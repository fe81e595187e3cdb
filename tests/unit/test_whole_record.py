"""The record as a whole: problems by importance, stays as one line, counts, and lists of which each thing
stands by its own quote.
"""

from __future__ import annotations

from dataclasses import replace

from rag.answer.from_facts.citing import cited
from rag.answer.from_facts.values import listing, statement
from rag.core.facts import Fact, Period
from tests.unit.facts_of_record import fact, lab, record, said, status

STAY = fact(
    "encounter", "hospitalization", "hospitalisée", at=Period("2026-03-11", "2026-03-16"), doc="letter",
    recorded="2026-03-16",
)  # fmt: skip
OPERATION = fact(
    "procedure", "total_hip_arthroplasty", "Prothèse totale de hanche", side="right", at="2026-03-12",
    status="done",
)  # fmt: skip


def illness(concept: str, label: str, at: str, doc: str, **more: object) -> Fact:
    return fact("condition", concept, label, at=at, doc=doc, status="confirmed", **more)  # type: ignore[arg-type]


def test_a_stay_is_one_line_with_what_happened_in_it() -> None:
    stopped = fact("drug", "perindopril", "périndopril", at="2026-03-15", status="stopped")
    lines = said("Que s'est-il passé ?", record(STAY, OPERATION, stopped))
    assert lines.startswith("Hospitalisation du 11 mars 2026 au 16 mars 2026 ; Prothèse totale de hanche")
    assert lines.count("Hospitalisation") == 1
    assert "Périndopril : arrêt le 15 mars 2026" in lines


def test_the_course_leaves_out_what_is_denied_and_symptoms_of_a_day() -> None:
    denied = illness("pulmonary_embolism", "embolie pulmonaire", "2026-03-12", "a", assertion="negated")
    cough = illness("cough", "toux", "2026-03-12", "a")
    lines = said("Que s'est-il passé ?", record(OPERATION, denied, cough))
    assert "mbolie" not in lines
    assert "oux" not in lines


def test_problems_told_by_several_documents_come_before_a_word_of_one_report() -> None:
    of = record(
        illness("fibrosis", "fibrose", "2026-02-01", "pathology"),
        illness("chronic_obstructive_pulmonary_disease", "BPCO", "2026-01-01", "a"),
        illness("chronic_obstructive_pulmonary_disease", "BPCO", "2026-02-01", "b"),
        illness("atrial_fibrillation", "fibrillation auriculaire", "2026-01-01", "a"),
        illness("atrial_fibrillation", "fibrillation auriculaire", "2026-02-01", "b"),
        illness("hypertension", "hypertension artérielle", "2026-01-01", "a"),
        illness("hypertension", "hypertension artérielle", "2026-02-01", "b"),
        kinds={"pathology": "pathology_report"},
    )
    assert "ibrose" not in said("Résume le dossier", of)
    assert "Bronchopneumopathie" in said("Résume le dossier", of)


def test_a_drug_of_an_old_stay_is_no_current_treatment() -> None:
    given = fact(
        "drug", "nefopam", "néfopam", text="20 mg", at="2025-02-01", doc="note", recorded="2025-02-01"
    )
    home = [
        fact("drug", name, name, text="5 mg", at="2026-01-05", doc="visit", status="continued")
        for name in ("bisoprolol", "ramipril", "atorvastatin")
    ]
    of = record(given, *home, kinds={"note": "progress_note", "visit": "consultation"})
    assert "fopam" not in said("Traitement actuel ?", of)
    assert "Bisoprolol : 5 mg" in said("Traitement actuel ?", of)


def test_stays_are_counted_once_however_many_documents_tell_of_them() -> None:
    again = fact("encounter", "hospitalization", "séjour", at=Period("2026-03-11", "2026-03-16"), doc="gp")
    second = fact("encounter", "hospitalization", "séjour", at=Period("2026-06-01", "2026-06-03"))
    lines = said("Combien d'hospitalisations ?", record(STAY, again, second))
    assert lines.startswith("2 séjour(s)")


def test_a_remark_without_a_value_spoils_the_only_value_of_its_day_in_a_letter_too() -> None:
    of = record(
        lab("potassium", 6.2, "mmol/L", "2026-09-22", doc="letter", recorded="2026-10-27"),
        fact("lab", "potassium", "Potassium", text="hémolysé", at="2026-09-22T08:10", status="unusable"),
        lab("potassium", 4.9, "mmol/L", "2026-09-21"),
    )
    assert said("Dernière kaliémie ?", of).startswith("Potassium, dernière valeur : 4,9")


def test_a_thing_whose_quote_does_not_carry_it_is_left_out_of_its_list() -> None:
    text = "BPCO connue. Pas de diabète. Hémoglobine 9,8 g/dL."
    told = [
        statement([_at(text, "BPCO")], "BPCO"),
        statement([_at(text, "9,8 g/dL")], "8,9 g/dL"),
    ]
    found = cited(listing("Problèmes : ", told, "fr"), {"d": text})
    assert found is not None
    assert (found.text, found.withheld) == ("Problèmes : BPCO.", "8,9 g/dL")


def _at(text: str, words: str) -> Fact:
    start = text.index(words)
    return replace(
        fact("condition", "chronic_obstructive_pulmonary_disease", words, doc="d"),
        spans=((start, start + len(words)),),
    )


def test_before_and_after_an_operation_are_the_values_next_to_it() -> None:
    of = record(
        OPERATION,
        lab("haemoglobin", 14.6, "g/dL", "2026-03-10"),
        lab("haemoglobin", 12.1, "g/dL", "2026-03-13"),
        lab("haemoglobin", 13.0, "g/dL", "2026-05-13"),
    )
    lines = said("Compare l'hémoglobine avant et après l'opération", of)
    assert lines.count("14,6") == lines.count("12,1") == 1
    assert "13 g/dL" not in lines


def test_a_fever_that_was_measured_is_no_absence_of_fever() -> None:
    of = record(
        fact("vital", "temperature", "T", value=38.3, unit="Cel", text="38,3", at="2026-03-13"),
        illness("fever", "apyrétique", "2026-03-15", "b", assertion="negated"),
    )
    assert said("A-t-il eu de la fièvre ?", of) == "Oui. Température : 38,3 °C le 13 mars 2026."


def test_a_drug_is_stopped_where_its_class_was() -> None:
    of = record(
        fact("drug", "insulin_detemir", "insuline detemir", text="6 UI", at="2026-01-05", status="started"),
        fact("drug", "insulin", "Insuline", at="2026-03-05", status="stopped"),
    )
    assert said("Est-elle encore sous insuline ?", of).startswith("Non. Insuline : arrêt le 5 mars 2026")


def test_no_allergy_to_drugs_and_one_to_latex_are_no_contradiction() -> None:
    of = record(
        fact("allergy", "latex", "latex", at="2026-01-05", status="present"),
        fact(
            "allergy", "allergy", "Pas d'allergie médicamenteuse", at="2026-01-05",
            status="documented_absent", assertion="negated",
        ),
    )  # fmt: skip
    assert status("Allergies ?", of) == "answered"


def test_counting_nothing_in_particular_counts_nothing() -> None:
    assert status("Combien de culots ?", record(STAY, OPERATION)) == "not_found"


def test_a_level_in_the_blood_is_no_dose() -> None:
    of = record(
        fact("drug", "tacrolimus", "tacrolimus", text="4 mg/j", at="2026-01-05", status="continued"),
        fact("drug", "tacrolimus", "Tacrolimus", text="4.1 ng/mL", at="2026-03-05"),
    )
    assert "4 mg/j" in said("Dose actuelle de tacrolimus ?", of)
    assert "ng/mL" not in said("Dose actuelle de tacrolimus ?", of)


def test_treatments_of_two_times_stand_side_by_side() -> None:
    of = record(
        fact("drug", "bisoprolol", "bisoprolol", text="5 mg", at="2025-11-05", status="continued"),
        fact("drug", "bisoprolol", "bisoprolol", text="2,5 mg", at="2026-05-05", status="changed"),
    )
    lines = said("Compare les traitements de novembre 2025 et de mai 2026", of)
    assert lines.index("Bisoprolol : 5 mg") < lines.index("Bisoprolol : 2,5 mg")


def test_a_bolus_told_twice_is_no_current_treatment() -> None:
    of = record(
        fact("drug", "unfractionated_heparin", "héparine", text="7000 UI", at="2026-06-07", doc="entry"),
        fact(
            "drug", "unfractionated_heparin", "héparine", text="7000 UI", at="2026-06-07", doc="lab",
            status="given",
        ),
    )  # fmt: skip
    assert status("Traitement actuel ?", of) == "not_found"
