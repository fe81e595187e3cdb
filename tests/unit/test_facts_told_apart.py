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
        "anesthesia": "générale + bloc fémoral",
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
