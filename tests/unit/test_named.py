"""Literature on another drug is never evidence; a patient's own documents are."""

from __future__ import annotations

import pytest

from rag.answer.relevance.drugs import naming_the_drugs
from rag.core.types import Passage, ScoredPassage


def hit(name: str, text: str, title: str = "Notice", *, patient_id: str | None = None) -> ScoredPassage:
    passage = Passage(name, name, "r", 0, 0, len(text), text, title, "leaflet", "fr", patient_id=patient_id)
    return ScoredPassage(passage, 1.0, 1, "hybrid")


CISPLATIN = hit(
    "cisplatine",
    "Une contraception est nécessaire pendant 6 mois après l'arrêt.",
    "Cisplatine, solution pour perfusion",
)
CYPROTERONE = hit(
    "cyproterone", "Une contraception est nécessaire pendant 3 mois.", "Acétate de cyprotérone, comprimé"
)
BRAND = hit("brand", "Androcur a été arrêté devant un méningiome.")
BOTH = hit("both", "Éviter le méthotrexate avec l'amoxicilline.")
ONE = hit("one", "L'amoxicilline se prend trois fois par jour.")
RECORD = hit("record", "Potassium 5,1 mmol/L.", "Biologie", patient_id="P1")


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Contraception après arrêt de la cyprotérone ?", ["cyproterone", "brand", "record"]),
        ("Contraception après arrêt du cisplatine ?", ["cisplatine", "record"]),
        (
            "Interaction entre méthotrexate et amoxicilline ?",
            ["both", "record"],
        ),  # of two drugs, what names both goes first
        ("Dose d'amoxicilline et de ramipril ?", ["both", "one", "record"]),
        ("Dose de ramipril ?", ["record"]),
        ("Quel délai de contraception ?", ["cisplatine", "cyproterone", "brand", "both", "one", "record"]),
    ],
)
def test_only_what_names_the_drug_asked_about_is_kept(question: str, kept: list[str]) -> None:
    hits = [CISPLATIN, CYPROTERONE, BRAND, BOTH, ONE, RECORD]
    assert [hit.passage.doc_id for hit in naming_the_drugs(question, hits)] == kept
