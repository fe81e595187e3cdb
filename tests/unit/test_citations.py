"""A claim is aligned to the exact quote that supports it, wherever the model said it was."""

from __future__ import annotations

from rag.answer.verify.quotes import Aligner, windows_of
from rag.index.overlap import overlap
from rag.testing import OverlapVerifier
from tests.unit.answering import TEXTS, evidence

ALIGNER = Aligner(OverlapVerifier(), overlap)
BOTH = [evidence(1, "cro"), evidence(2, "ordo")]


def test_quotes_are_exact_and_whole_sentences() -> None:
    for item in BOTH:
        for quote in windows_of(item):
            doc = TEXTS[item.scored.passage.doc_id]
            assert doc[quote.start : quote.end] == quote.text
            assert quote.text == quote.text.strip()


def test_offsets_are_of_the_document_when_evidence_is_a_part_of_it() -> None:
    start = TEXTS["cro"].index("Saignement")
    quotes = windows_of(evidence(1, "cro", start))
    assert quotes[0].start == start
    assert quotes[0].text == "Saignement estimé à 350 ml."


def test_the_shortest_supporting_quote_is_chosen() -> None:
    alignment = ALIGNER.align("Le saignement a été estimé à 350 ml.", [1], BOTH)
    assert alignment is not None
    assert [quote.text for quote in alignment.quotes] == ["Saignement estimé à 350 ml."]
    assert alignment.verdict.support >= 0.9


def test_a_wrong_marker_is_repaired() -> None:
    alignment = ALIGNER.align("Le saignement est estimé à 350 ml.", [2], BOTH)
    assert alignment is not None
    assert alignment.quotes[0].evidence.marker == 1


def test_a_claim_over_two_places_gets_two_quotes_in_order() -> None:
    alignment = ALIGNER.align("Prothèse de hanche gauche, énoxaparine 4000 UI par jour.", [2, 1], BOTH)
    assert alignment is not None
    assert [quote.evidence.marker for quote in alignment.quotes] == [1, 2]


def test_a_list_is_one_quote_with_its_lead_in() -> None:
    texts = [quote.text for quote in windows_of(evidence(1, "ordo"))]
    assert TEXTS["ordo"][: TEXTS["ordo"].index("\nRevoir")] in texts


def test_a_wrong_side_finds_no_support() -> None:
    alignment = ALIGNER.align("Prothèse totale de hanche droite.", [1], BOTH)
    assert alignment is not None
    assert alignment.verdict.support < ALIGNER.verifier.threshold


def test_no_evidence_no_alignment() -> None:
    assert ALIGNER.align("Rien.", [], []) is None
