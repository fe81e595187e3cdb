"""The language of documents, notes without grammar, and questions of one word."""

from __future__ import annotations

import pytest

from rag.clinical.language import detect_language, language_of
from rag.index.translation import encode_question
from rag.retrieve.query import query_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pas de fièvre, suites simples.", "fr"),
        ("No fever, uneventful recovery.", "en"),
        ("AVC ischémique sylvien gauche", "fr"),
        ("L5-S1 disc herniation", "en"),
        ("Quelle dose d'apixaban ?", "fr"),
        ("FRACTURE DU COL FEMORAL OPEREE PAR CLOU", "fr"),
        ("breast cancer", "en"),
    ],
)
def test_sentences_notes_and_short_questions_are_told(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "   ", "12/03/2026", "K+ 4,5", "INR", "metformine", "vitamin D", "😀"])
def test_what_gives_no_sign_is_not_told(text: str) -> None:
    assert language_of(text) is None
    assert detect_language(text) == "fr"
    assert detect_language(text, "en") == "en"


def test_english_without_function_words_is_not_french_by_its_abbreviations() -> None:
    text = (
        "serum il-6 il-8 il-10 concentrations decreased significantly, la-mrsa strains isolated, sa levels"
        " unchanged " * 3
    )
    assert language_of(text) == "en"


def test_french_note_without_function_words_is_french() -> None:
    assert (
        language_of(
            "antécédents hypertension artérielle diabète dyslipidémie ; traitement habituel metformine"
            " ramipril"
        )
        == "fr"
    )


def test_query_says_whether_its_language_is_known() -> None:
    assert query_of("Quelle dose de métoprolol ?").is_told
    assert query_of("INR", "en").is_told
    unknown = query_of("INR")
    assert (unknown.language, unknown.is_told) == ("fr", False)


def test_question_of_unknown_language_is_translated_both_ways() -> None:
    both = encode_question("metformine fever", "fr", is_told=False)
    french, english = encode_question("metformine fever", "fr"), encode_question("metformine fever", "en")
    for channel in ("fr", "en"):
        assert set(both[channel].indices) == set(french[channel].indices) | set(english[channel].indices)
    assert set(both["fr"].indices) > set(french["fr"].indices)
