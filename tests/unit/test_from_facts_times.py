"""Answers over two moments, of bare values, of habits, and of stops that never were."""

from __future__ import annotations

from tests.unit.facts_of_record import answers, fact, lab, record, said, status

TWO = (lab("afp", 4, "ng/mL", "2025-01-12"), lab("afp", 22, "ng/mL", "2025-03-19"))


def test_two_months_are_each_answered() -> None:
    told = said("AFP en janvier et en mars ?", record(*TWO))
    assert "4 ng/mL le 12 janvier 2025" in told
    assert "22 ng/mL le 19 mars 2025" in told


def test_a_month_takes_the_year_of_the_month_named_after_it() -> None:
    weights = record(
        fact("vital", "weight", "poids", value=71.2, unit="kg", at="2024-05-22"),
        fact("vital", "weight", "poids", value=73, unit="kg", at="2024-11-06"),
        fact("vital", "weight", "poids", value=80, unit="kg", at="2025-05-02"),
    )
    told = said("Compare weight in May and November 2024", weights)
    assert "71.2" in told
    assert "73" in told
    assert "80" not in told


def test_a_value_without_a_unit_joins_the_course_in_the_unit_that_fits() -> None:
    bare = fact("lab", "creatinine", "créatinine", value=96, at="2024-03-04")
    told = said(
        "La créatinine a-t-elle augmenté ?", record(bare, lab("creatinine", 118, "umol/L", "2024-09-09"))
    )
    assert told.startswith("Oui. Créatinine : a augmenté de 96")


def test_a_pressure_is_told_as_the_pair_that_is_written() -> None:
    pair = [
        fact("vital", f"{name}_pressure", "ta", value=value, unit="mm[Hg]", text="13/7", at="2025-09-15")
        for name, value in (("systolic", 130), ("diastolic", 70))
    ]
    assert said("Dernière TA ?", record(*pair)) == (
        "Pression artérielle, dernière valeur : 13/7 le 15 septembre 2025."
    )


def test_a_habit_given_up_is_no_yes() -> None:
    smoked = fact("lifestyle", "tobacco", "fume", at="2024-03-11", details={"state": "current"})
    quit_ = fact(
        "lifestyle", "tobacco", "a arrêté", at="2024-07-01", assertion="history", details={"state": "former"}
    )
    told = answers("Fume-t-il ?", record(smoked, quit_))
    assert [line.facts[0].fact_id for answer in told for line in answer.statements] == [quit_.fact_id]
    assert "Oui" not in said("Fume-t-il ?", record(smoked, quit_))


def test_why_a_drug_was_stopped_that_was_not_has_no_answer() -> None:
    taken = fact("drug", "carvedilol", "carvédilol", text="6,25 mg", at="2025-02-12", status="continued")
    assert status("Pourquoi le carvédilol a-t-il été arrêté ?", record(taken)) == "not_found"
    assert said("Le carvédilol a-t-il été arrêté ?", record(taken)).startswith("Aucun arrêt documenté.")


def test_a_result_declared_unusable_is_told_as_such_on_its_day() -> None:
    spoilt = fact("lab", "potassium", "potassium", text="hémolysé", at="2025-06-20", status="unusable")
    assert "ininterprétable" in said("Potassium le 20/06/2025 ?", record(spoilt))


def test_a_treatment_of_counted_days_is_over_after_them() -> None:
    days = {"dose": "40 mg", "frequency": "par jour", "duration": "pendant cinq jours"}
    course = fact("drug", "prednisolone", text="40 mg", at="2024-09-16", status="continued", details=days)
    regimen = {"dose": "5 mg", "frequency": "par jour"}
    later = fact("drug", "bisoprolol", text="5 mg", at="2025-03-20", status="continued", details=regimen)
    told = said("Quel est le traitement actuel ?", record(course, later))
    assert "Bisoprolol" in told
    assert "Prednisolone" not in told


def test_a_drug_is_found_by_its_class_and_what_it_was_for() -> None:
    given = fact("drug", "cefazolin", "céfazoline", text="2 g", at="2025-11-05", status="given",
                 details={"dose": "2 g", "purpose": "Antibioprophylaxie"})  # fmt: skip
    for question in (
        "Quel antibiotique a été donné en prophylaxie ?",
        "Quelle antibioprophylaxie a été donnée ?",
    ):
        assert "Céfazoline" in said(question, record(given))


def test_a_denial_in_the_family_is_no_yes() -> None:
    none = fact("family", "diabetes", "diabetes", at="2025-01-01", assertion="family", status="refuted")
    assert said("Is there diabetes in the family?", record(none)).startswith("No.")


def test_an_older_absence_of_allergies_is_superseded_not_contradicted() -> None:
    none = fact(
        "allergy", "allergy", "aucune", at="2023-02-01", assertion="negated", status="documented_absent"
    )
    nut = fact("allergy", "peanut", "arachide", at="2024-05-01", status="present")
    assert status("Allergies connues ?", record(none, nut)) == "answered"
    later = fact(
        "allergy", "allergy", "aucune", at="2025-02-01", assertion="negated", status="documented_absent"
    )
    assert status("Allergies connues ?", record(nut, later)) == "contradictory"


def test_a_device_that_went_in_and_out_is_a_course() -> None:
    placed = fact("device", "urinary_catheter", "sonde urinaire", at="2025-11-03", status="in_place")
    out = fact(
        "device", "urinary_catheter", "sonde urinaire", at="2025-11-05", status="removed", doc="letter"
    )
    again = fact(
        "device", "urinary_catheter", "sonde urinaire", at="2025-11-05", status="in_place", doc="note"
    )
    for of in (record(placed, out), record(placed, out, again)):
        assert status("La sonde urinaire est-elle en place ?", of) == "answered"
