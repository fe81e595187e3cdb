"""One yes or no for a part, and only where the quotes do not deny it."""

from __future__ import annotations

import pytest

from rag.answer.verdicts import denial_of, with_one_verdict
from rag.core.types import Citation, Claim
from rag.understand import understand
from tests.unit.answering import evidence


def claim(text: str, quote: str = "") -> Claim:
    citation = Citation(1, "d", "p", quote or text, 0, len(quote or text))
    return Claim(text, 0, 0, (citation,), "full", 1.0, "computed")


def said(question: str, *claims: Claim) -> list[str]:
    (part,) = understand(question).parts
    return [one.text for one in with_one_verdict(part, claims)]


@pytest.mark.parametrize(
    ("question", "text", "quote"),
    [
        ("Is there diabetes?", "Yes. « No family history of diabetes. »", "No family history of diabetes."),
        ("A-t-elle un diabète ?", "Oui. « Pas de diabète. »", "Pas de diabète."),
        ("Fume-t-il ?", "Oui. « Tabagisme sevré depuis 2019. »", "Tabagisme sevré depuis 2019."),
        ("Does he smoke?", "Yes. « Has stopped smoking again. »", "Has stopped smoking again."),
        ("Le dossier se contredit-il sur les allergies ?", "Non. Absence d'allergie.", "Pas d'allergie"),
    ],
)
def test_a_verdict_that_its_quote_does_not_carry_is_not_said(question: str, text: str, quote: str) -> None:
    (shown,) = said(question, claim(text, quote))
    assert not shown.startswith(("Yes", "Oui", "Non"))
    assert text.endswith(shown)


def test_verdicts_that_differ_are_not_said_and_one_is_said_once() -> None:
    drain = claim("No drain.", "No drain.")
    assert said("Was a drain left?", claim("No. No drain.", "No drain."), claim("Yes. Cholecystectomy.")) == [
        "No drain.",
        "Cholecystectomy.",
    ]
    assert said("Was a drain left?", claim("No. No drain.", "No drain."), claim("No. Never.")) == [
        "No. No drain.",
        "Never.",
    ]
    assert said("Was a drain left?", drain) == ["No drain."]


def test_a_verdict_that_stands_stays() -> None:
    assert said("A-t-elle un diabète ?", claim("Oui. Diabète de type 2.", "Diabète de type 2")) == [
        "Oui. Diabète de type 2."
    ]


@pytest.mark.parametrize(
    ("question", "texts", "verdict"),
    [
        (
            "Y a-t-il une thrombose veineuse profonde ?",
            ["No deep vein thrombosis. Superficial haematoma."],
            "Non. ",
        ),
        ("Y a-t-il une thrombose veineuse profonde ?", ["Pas de thrombose veineuse profonde."], "Non. "),
        ("A-t-il des métastases ?", ["Lésion suspecte de métastase."], ""),
        ("A-t-il des métastases ?", ["Pas de métastase.", "Métastase hépatique confirmée."], ""),
        ("Quelle phlébite ?", ["Pas de phlébite."], ""),
        ("Y a-t-il eu une phlébite en 2024 ?", ["Pas de phlébite."], ""),
    ],
)
def test_no_is_read_from_sentences_that_all_deny(question: str, texts: list[str], verdict: str) -> None:
    (part,) = understand(question).parts
    items = [evidence(number, f"d{number}", text=text) for number, text in enumerate(texts, start=1)]
    assert denial_of(part, items, "fr") == verdict
