"""The judge of the evaluation reads what a computed sentence asserts: things, values, dates, side, status."""

from __future__ import annotations

import pytest

from eval.metrics.answers.computed_claims import Place, assertion_of, is_carried


@pytest.mark.parametrize(
    ("quote", "claim", "language"),
    [
        (
            "Enoxaparin 4000 units daily for 35 days",
            "Enoxaparin: 4000 units daily for 35 days (by the record; this is no proof that it is taken).",
            "en",
        ),
        ("Na 138 mmol/L", "Natrémie, dernière valeur : 138 mmol/L (document du 3 mai 2026).", "fr"),
        ("Le ramipril a été arrêté (toux).", "Ramipril : arrêt (motif : toux).", "fr"),
        ("Total right hip replacement", "Right hip replacement.", "en"),
        ("Pas d'embolie pulmonaire.", "Non. Absence d'embolie pulmonaire (documentée).", "fr"),
    ],
)
def test_what_the_quotes_hold_is_carried(quote: str, claim: str, language: str) -> None:
    assert is_carried([Place(quote)], claim, language)


@pytest.mark.parametrize(
    ("quote", "claim", "language"),
    [
        ("Na 138 mmol/L", "Natrémie, dernière valeur : 139 mmol/L.", "fr"),
        ("Na 138 mmol/L", "Kaliémie, dernière valeur : 138 mmol/L.", "fr"),
        ("Na 138 mmol/L", "Natrémie, dernière valeur : 138 mg/L.", "fr"),
        ("Na 138 mmol/L le 2 mai 2026", "Natrémie, dernière valeur : 138 mmol/L le 3 mai 2026.", "fr"),
        ("Total right hip replacement", "Left hip replacement.", "en"),
        ("Ramipril 5 mg le matin", "Ramipril : arrêt.", "fr"),
        ("Le ramipril a été arrêté.", "Ramipril : début.", "fr"),
        ("Embolie pulmonaire bilatérale.", "Non. Absence d'embolie pulmonaire (documentée).", "fr"),
        ("Walking with two sticks.", "Enoxaparin: 4000 units daily.", "en"),
        ("Walking with two sticks.", "No stop is documented.", "en"),
    ],
)
def test_what_they_do_not_hold_is_not(quote: str, claim: str, language: str) -> None:
    assert not is_carried([Place(quote)], claim, language)


def test_words_about_the_record_are_no_claim_about_the_patient() -> None:
    assert assertion_of(
        "3 separate mention(s) in the record: Chest X-ray on 2 May 2026 (older mention)", "en"
    ) == ("Chest X-ray on 2 May 2026")


def test_a_heading_tells_what_a_thing_is_and_its_status_but_no_value() -> None:
    said = "Allergie ou intolérance documentée : amoxicilline."
    assert is_carried([Place("amoxicilline", "letter", ("Allergies",))], said, "fr")
    assert not is_carried([Place("amoxicilline", "letter", ("Traitement",))], said, "fr")
    assert not is_carried(
        [Place("Na", "letter", ("Ionogramme : 138 mmol/L",))], "Natrémie : 138 mmol/L.", "fr"
    )
