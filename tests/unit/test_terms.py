"""Search terms of clinical text, in both languages: what must match, and what must not."""

import pytest

from rag.clinical.stems import stop_words, terms


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("opérée", "OPEREE", "fr"),
        ("opérés", "opération", "fr"),
        ("première", "premier", "fr"),
        ("nausées", "nausee", "fr"),
        ("prothèses", "PROTHESE", "fr"),
        ("œdème", "oedeme", "fr"),
        ("l’anticoagulation", "anticoagulation", "fr"),
        ("jusqu'à l'hémorragie", "hémorragie", "fr"),
        ("0,40", "0.4", "fr"),
        ("40mg", "40 mg", "fr"),
        ("50 µg", "50mcg", "en"),
        ("5 000 UI", "5 000 IU", "fr"),
        ("1,000 mg", "1000mg", "en"),
        ("I.R.M.", "IRM", "fr"),
        ("haemorrhage", "hemorrhage", "en"),
        ("oedema", "edema", "en"),
        ("tumours", "tumor", "en"),
        ("the patient's", "patient", "en"),
        ("TNF-α", "TNF-alpha", "en"),
        ("C3–C4", "C3-C4", "fr"),
        ("03/2026", "3/2026", "fr"),
    ],
)
def test_two_spellings_give_the_same_terms(first: str, second: str, language: str) -> None:
    assert terms(first, language) == terms(second, language) != []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("I21.0", "fr", ["i21", "i210"]),
        ("HbA1c 7,2 %", "fr", ["hba1c", "7.2", "7.2%"]),
        ("C3-C4", "fr", ["c3", "c4", "c3c4"]),
        ("pT4N1M0", "fr", ["pt4n1m0", "t4", "n1", "m0"]),
        ("anti-inflammatoire", "fr", ["anti", "inflammatoir", "antiinflammatoir"]),
        ("IL-6", "en", ["il", "6", "il6"]),
        ("40mg", "en", ["40", "mg", "40mg"]),
        ("2-3", "fr", ["2", "3", "2-3"]),
        ("12.03.2026", "fr", ["12", "3", "2026", "12.03.2026"]),
        ("10 000", "fr", ["10", "000", "10000"]),
        ("1,5", "en", ["1.5"]),
        ("can't, doesn't", "en", ["not", "not"]),
    ],
)
def test_terms_of(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_compound_is_found_joined_and_by_part() -> None:
    compound = set(terms("beta-blocker", "en"))
    assert compound >= set(terms("betablocker", "en"))
    assert compound >= set(terms("blocker", "en"))


def test_negations_are_terms_and_articles_are_not() -> None:
    assert terms("sans fièvre, pas de douleur", "fr") == ["san", "fievr", "pas", "douleur"]
    assert terms("the patient without fever, no pain", "en") == ["patient", "without", "fever", "no", "pain"]
    assert not {"pas", "sans", "non", "ni", "jamais"} & stop_words("fr")
    assert not {"no", "not", "without", "never", "none", "nor"} & stop_words("en")


def test_french_question_words_leave_nothing() -> None:
    assert terms("Est-ce que c'est ? Y a-t-il quoi, aujourd'hui ?", "fr") == []


def test_similar_codes_stay_apart() -> None:
    assert not set(terms("I21.0", "fr")) & set(terms("I22.1", "fr"))
    assert "0.4" not in terms("4,0", "fr")


def test_odd_input_gives_no_error() -> None:
    assert terms("", "fr") == []
    assert terms("  --- ''' . , ;", "en") == []
    assert terms("́", "fr") == []
    assert terms("ｆｉｅｖｒｅ", "fr") == ["fievr"]
