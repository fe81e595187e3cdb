"""Who the patient is, read from the header of a text; what is not certain is left alone."""

from __future__ import annotations

import pytest

from rag.core.traits import Traits
from rag.ingest.identity.traits import traits_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Patiente : Mme FOURVIÈRE Anne, née le 3 mai 1950",
            Traits("FOURVIÈRE", "", "Anne", "1950-05-03", "f"),
        ),
        ("Patiente : Mme Fourvière, 72 ans. Demandeur : Dr B.", Traits("Fourvière", sex="f")),
        ("# Consultation\n\nM. Bellecour, 68 ans. Consultation du 02/04/2026", Traits("Bellecour", sex="m")),
        ("Patient : M. BELLECOUR              Sexe : M           Age : 68 ans", Traits("BELLECOUR", sex="m")),
        (
            "Nom : PERRACHE\nNom de naissance : AINAY\nPrénom : Lucie\nNé(e) le : 12/03/1961\nSexe : F",
            Traits("PERRACHE", "AINAY", "Lucie", "1961-03-12", "f"),
        ),
        (
            "| Surname | x |\nSurname: Ashworth\nFirst name: Ellen\nDOB: 4 July 1948",
            Traits("Ashworth", "", "Ellen", "1948-07-04"),
        ),
        (
            "Patient: Mrs ASHWORTH Ellen (born 4 July 1948)",
            Traits("ASHWORTH", "", "Ellen", "1948-07-04", "f"),
        ),
        (
            "Nom : CONFLUENCE\tPrénom : Marie-Ange\tDDN : 01/02/1946",
            Traits("CONFLUENCE", "", "Marie-Ange", "1946-02-01"),
        ),
    ],
)
def test_header_says_who_the_patient_is(text: str, expected: Traits) -> None:
    assert traits_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr Martin, 68 ans d'expérience du service",
        "Patient : stable, apyrétique",
        "Patient : 68 ans",
        "Le mari, M. Bellecour, est présent.",
        "Père : M. Bellecour, décédé à 70 ans",
        "Nom : à compléter 12",
        "Patient calme. Mme Fourvière est sa voisine.",
        "Name of the drug: Aspirin",
        "",
    ],
)
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    assert traits_in(text) == Traits()


def test_only_the_head_of_a_text_counts() -> None:
    assert traits_in("\n" * 50 + "Nom : PERRACHE") == Traits()
    assert traits_in("x" * 5000 + "\nNom : PERRACHE") == Traits()
