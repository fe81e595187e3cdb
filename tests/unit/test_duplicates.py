"""Copies are shown once; texts that differ in something that matters are not copies."""

from __future__ import annotations

import pytest

from rag.core.types import Passage
from rag.retrieve.duplicates import collapsed
from rag.retrieve.fusion import Fused
from rag.retrieve.texts import Read

NOTE = (
    "Patient calme, apyrétique, douleur bien soulagée par le paracétamol. Pansement propre, pas de rougeur"
    " autour de la cicatrice. Mollets souples et indolores. Reprise du transit, alimentation normale bien"
    " tolérée. Lever au fauteuil avec le kinésithérapeute, appui complet autorisé sur le membre opéré."
    " Poursuite de l'enoxaparine 40 mg par jour. Sortie envisagée vers le domicile avec une infirmière,"
    " contrôle radiologique et consultation auprès du chirurgien prévus comme convenu avec la famille."
)


def fused(name: str, text: str, patient_id: str | None = "A") -> Read:
    passage = Passage(name, name, "r", 0, 0, len(text), text, "", "note", "fr", patient_id=patient_id)
    return Fused(name, 1.0, {}), passage


def kept(*hits: Read, limit: int = 10, share: float = 0.9) -> list[str]:
    return [hit.passage.passage_id for hit in collapsed(hits, share, limit)]


def test_copied_note_is_shown_once_and_the_first_is_kept() -> None:
    hits = (fused("a", NOTE), fused("b", NOTE.upper()), fused("c", NOTE.replace("calme", "détendu")))
    assert kept(*hits) == ["a"]
    assert [copy.passage_id for copy in collapsed(hits, 0.9, 10)[0].copies] == ["b", "c"]
    assert [
        copy.passage_id for copy in collapsed((*hits[:2], fused("d", "Autre texte.")), 0.9, 1)[0].copies
    ] == ["b"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("40 mg", "60 mg"),
        ("pas de rougeur", "de rougeur"),
        ("le membre opéré", "le membre gauche opéré"),
        ("bien tolérée", "non tolérée"),
    ],
)
def test_one_word_that_matters_keeps_both(before: str, after: str) -> None:
    assert kept(fused("a", NOTE), fused("b", NOTE.replace(before, after))) == ["a", "b"]


def test_other_patient_or_literature_is_never_a_copy() -> None:
    assert kept(fused("a", NOTE), fused("b", NOTE, "B"), fused("c", NOTE, None), fused("d", NOTE, None)) == [
        "a",
        "b",
        "c",
    ]


def test_longer_note_that_holds_a_shorter_one_is_shown() -> None:
    assert kept(
        fused("short", NOTE),
        fused("long", f"{NOTE} Découverte fortuite d'un nodule thyroïdien, avis spécialisé demandé."),
    ) == [
        "short",
        "long",
    ]


def test_share_decides() -> None:
    # 10 words make 7 shingles of 4; changing the last word changes 1: 6 in common of 8
    first, second = "a b c d e f g h i j", "a b c d e f g h i k"
    assert kept(fused("a", first), fused("b", second), share=0.75) == ["a"]
    assert kept(fused("a", first), fused("b", second), share=0.76) == ["a", "b"]


def test_limit_counts_what_is_kept() -> None:
    hits = [fused("a", NOTE), fused("b", NOTE), fused("c", "Autre texte."), fused("d", "Encore un texte.")]
    assert kept(*hits, limit=2) == ["a", "c"]


def test_short_and_empty_texts_are_compared_whole() -> None:
    assert kept(fused("a", "HTA"), fused("b", "HTA"), fused("c", "AVC"), fused("d", ""), fused("e", "")) == [
        "a",
        "c",
        "d",
    ]
