"""A question's terms in both languages."""

from __future__ import annotations

import pytest

from rag.clinical.cognates import cognates
from rag.clinical.stems import terms
from rag.core.types import Passage
from rag.index.lexical import encode_passage, term_id
from rag.index.translation import encode_question


def weights(text: str, language: str, channel: str) -> dict[int, float]:
    vector = encode_question(text, language).get(channel)
    return dict(zip(vector.indices, vector.values, strict=True)) if vector else {}


def weight(text: str, language: str, word: str, channel: str) -> float:
    (stem,) = terms(word, channel)
    return weights(text, language, channel).get(term_id(stem), 0.0)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("HTA du sujet jeune", "hypertension"),
        ("traitement de l'IDM", "myocardial"),
        ("BPCO sévère", "COPD"),
        ("AVC", "stroke"),
        ("TDM cérébrale", "tomography"),
        ("IRM", "MRI"),
        ("HBPM", "LMWH"),
        ("paracétamol", "acetaminophen"),
        ("greffe hépatique", "transplantation"),
        ("essoufflement", "dyspnoea"),
        ("surfactant et pneumocystose", "pneumocystosis"),  # by its ending alone
    ],
)
def test_french_question_finds_english_words(question: str, word: str) -> None:
    assert weight(question, "fr", word, "en") > 0


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("COPD and MI", "infarctus"),
        ("CT of the chest", "scanner"),
        ("LMWH", "HBPM"),
        ("swelling", "gonflement"),
        ("epidermolysis", "épidermolyse"),
    ],
)
def test_english_question_finds_french_words(question: str, word: str) -> None:
    assert weight(question, "en", word, "fr") > 0


def test_own_words_weigh_most_in_the_own_channel() -> None:
    assert weight("HTA sévère", "fr", "HTA", "fr") == 1.0
    assert 0 < weight("HTA sévère", "fr", "hypertension", "fr") < 0.5
    assert weights("genou", "fr", "fr") == {term_id(terms("genou", "fr")[0]): 1.0}


def test_phrase_is_translated_as_a_whole() -> None:
    # as one: "femoral neck"; word by word it would be "col": cervix, and "fémur": femur
    assert weight("fracture du col du fémur", "fr", "femoral", "en") > 0
    assert weight("fracture du col du fémur", "fr", "cervix", "en") == 0


def test_short_abbreviation_is_known_in_capitals_only() -> None:
    assert weight("PR et parodontite", "fr", "rheumatoid", "en") > 0
    assert weight("pr et parodontite", "fr", "rheumatoid", "en") == 0
    assert weight("avc et hta", "fr", "stroke", "en") > 0
    assert weight("all patients", "en", "leucémie", "fr") == 0
    assert weight("AIT récent", "fr", "transient", "en") > 0  # in lower case it is a form of "avoir"


def test_stop_words_of_the_question_are_no_words_of_the_other_language() -> None:
    # none of these is an English stop word; as words they would be rare among English texts, and so weigh
    # most
    assert weights("est-ce que pour elle les", "fr", "en") == {}


def test_codes_and_numbers_stand_in_both_channels() -> None:
    for channel in ("fr", "en"):
        assert {term_id("i210"), term_id("0.4"), term_id("0.4ml")} <= set(
            weights("I21.0 : 0,4 mL", "fr", channel)
        )


@pytest.mark.parametrize("text", ["?", "🫀", "a", "de la", "\x00\x07", "…"])
def test_text_without_words_gives_no_terms(text: str) -> None:
    assert encode_question(text, "fr") == {}


def test_mixed_languages_reach_both_channels() -> None:
    question = "patient under anticoagulants avec fibrillation auriculaire"
    assert weight(question, "fr", "atrial", "en") > 0
    assert weight(question, "fr", "anticoagulants", "en") > 0
    assert weight(question, "fr", "auriculaire", "fr") > 0


def test_translation_meets_the_terms_of_a_passage() -> None:
    text = "Low molecular weight heparin after total hip replacement."
    passage = Passage("p", "d", "r", 0, 0, len(text), text, "", "article", "en")
    shared = set(weights("HBPM après PTH", "fr", "en")) & set(encode_passage(passage).indices)
    assert {term_id(stem) for stem in terms("molecular weight heparin hip replacement", "en")} <= shared


@pytest.mark.parametrize(
    ("word", "language", "form"),
    [
        ("thrombose", "fr", "thrombosis"),
        ("anemie", "fr", "anemia"),
        ("thrombosis", "en", "thrombose"),
        ("therapy", "en", "therapie"),
    ],
)
def test_regular_endings(word: str, language: str, form: str) -> None:
    assert form in set(cognates(word, language, "en" if language == "fr" else "fr"))


def test_short_words_and_codes_have_no_cognates() -> None:
    assert list(cognates("mie", "fr", "en")) == list(cognates("i210", "fr", "en")) == []
