"""The reading of facts on sentences marked by hand: each measure stays above its threshold, on the half it
was not made on too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.facts.marked import parse, read_marked
from eval.facts.scoring import score

MARKED = Path(__file__).resolve().parents[1] / "data" / "facts"
THRESHOLDS = {
    "negated": 0.94,
    "family": 0.92,
    "hypothesis": 0.85,
    "history": 0.85,
    "side": 0.97,
    "date": 0.93,
    "result": 0.97,
    "drug": 0.92,
    "allergy": 0.92,
}


def test_mark_is_read_with_its_span() -> None:
    text, (first, second) = parse(
        "Pas de [fièvre|condition negated], K [4,2|lab ~potassium =4.2 unit:mmol/L @2026-03-12]."
    )
    assert text == "Pas de fièvre, K 4,2."
    assert (text[first.start : first.end], first.assertion) == ("fièvre", "negated")
    assert (second.concept, second.value, second.unit, second.at) == (
        "potassium",
        "4.2",
        "mmol/L",
        "2026-03-12",
    )


def test_there_are_sentences_of_both_languages_and_many_hands() -> None:
    snippets = [snippet for half in ("development", "heldout") for snippet in read_marked(MARKED / half)]
    assert {snippet.language for snippet in snippets} == {"fr", "en"}
    assert {
        "surgery",
        "medicine",
        "nursing",
        "lab",
        "radiology",
        "ED",
        "geriatrics",
        "paediatrics",
        "psychiatry",
        "obstetrics",
    } <= {snippet.ward for snippet in snippets}


@pytest.mark.parametrize("half", ["development", "heldout"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_measures_stay_above_their_thresholds(half: str, language: str) -> None:
    result = score([snippet for snippet in read_marked(MARKED / half) if snippet.language == language])
    below = {
        name: round(result.of(name, language).f1, 3)
        for name, least in THRESHOLDS.items()
        if result.of(name, language).f1 < least
    }
    assert below == {}, "\n".join(result.errors)
