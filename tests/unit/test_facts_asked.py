"""Questions whose words mislead: a pronoun's dose, *temps*, a visit, a change; and what a list of treatments
leaves out.
"""

from __future__ import annotations

from rag.clinical.facts import extract
from rag.understand import understand


def test_a_dose_asked_after_a_drug_is_of_that_drug_and_no_allergy() -> None:
    _, second = understand("Why was atorvastatin reduced and what is the dose now?").parts
    assert [one.concept for one in second.named] == ["atorvastatin"]
    assert second.intent != "allergy"


def test_how_long_is_no_temperature() -> None:
    parts = understand("Quel antibiotique a-t-il reçu et pendant combien de temps ?").parts
    assert "temperature" not in {one.concept for part in parts for one in part.named}


def test_the_next_visit_asks_for_an_appointment() -> None:
    (part,) = understand("Quand est le prochain rendez-vous ?").parts
    assert part.kinds == {"appointment"}


def test_how_a_result_changed_asks_for_its_course() -> None:
    assert understand("How did the hemoglobin change?").parts[0].intent == "trend"


def test_a_result_of_the_day_of_discharge_has_that_day() -> None:
    letter = (
        "Hospitalisé du 05/01/2026 au 22/01/2026.\nCréatinine de sortie 121 µmol/L. Poids de sortie 77 kg."
    )
    found = extract(letter, language="fr", kind="discharge_letter", authored_at="2026-01-22")
    days = {
        fact.concept: fact.at.start for fact in found if fact.kind in ("lab", "vital") and fact.at is not None
    }
    assert days == {"creatinine": "2026-01-22", "weight": "2026-01-22"}


def test_the_day_after_the_units_given_is_that_of_the_transfusion() -> None:
    found = extract(
        "Transfusion de 2 CGR le 05/11 pour anémie.",
        language="fr",
        kind="progress_note",
        authored_at="2025-11-06",
    )
    (day,) = {fact.at.start for fact in found if fact.kind == "procedure" and fact.at is not None}
    assert day == "2025-11-05"


def test_blood_lost_in_an_operation_is_no_illness() -> None:
    found = extract(
        "Pertes sanguines : 250 mL.", language="fr", kind="operative_report", authored_at="2025-11-06"
    )
    assert not [fact for fact in found if fact.kind == "condition"]


def test_decimals_torn_from_their_comma_give_no_value() -> None:
    found = extract(
        "Glycorachie à 0, 305 g/L.", language="fr", kind="progress_note", authored_at="2025-11-06"
    )
    assert not [fact for fact in found if fact.value == 305]
