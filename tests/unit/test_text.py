"""Canonical text and sentences: offsets are exact, nothing is lost, clinical lines are cut where a clinician
would.
"""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.text import canonical, overlap, sentence_spans, trimmed


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(st.text())
def test_canonical_twice_is_canonical_once(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once
    assert "\x00" not in once


@given(st.text(alphabet="\n\r\t \xa0\u2009aé9µœ≥’\u0301\x07\x92"))
def test_a_text_of_usual_characters_takes_the_short_way_to_the_same_end(text: str) -> None:
    # a mark of the long way at the end: U+200B is taken out, whatever stands before it
    assert canonical(text) == canonical(f"{text}\u200b")


def test_letters_of_windows_1252_that_came_as_control_characters_are_letters() -> None:
    assert canonical("L\x92\x9cdème") == "L’œdème"


def test_a_control_character_between_two_words_parts_them() -> None:
    assert canonical("5\x001 mg\x0bsuite") == "5 1 mg\nsuite"


def test_canonical_keeps_words_and_paragraphs() -> None:
    assert canonical("\ufeffDose :  40 mg \r\n\r\n\r\n\r\nFin\x07.") == "Dose :  40 mg\n\nFin."


def test_canonical_joins_accents() -> None:
    assert canonical("ope\u0301re\u0301") == "opéré"


@given(st.text(alphabet=st.sampled_from(list("ab Éd.!?:;\n-•0123456789,()#|"))))
def test_sentences_hold_everything_but_space_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(trimmed(text, *span) == span for span in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pas de fièvre. TA 12/8.", ["Pas de fièvre.", "TA 12/8."]),
        ("Le Dr. A. a opéré. Suites simples.", ["Le Dr. A. a opéré.", "Suites simples."]),
        ("Enoxaparine 0.4 ml s.c. par jour. Fin.", ["Enoxaparine 0.4 ml s.c. par jour.", "Fin."]),
        ("Traitement :\n- aspirine 75 mg\n- statine", ["Traitement :", "- aspirine 75 mg", "- statine"]),
        ("Hémoglobine 12,1 g/dL\nPlaquettes 230 G/L", ["Hémoglobine 12,1 g/dL", "Plaquettes 230 G/L"]),
        ("Il a été revu en consultation\nsans douleur.", ["Il a été revu en consultation\nsans douleur."]),
        ("INDICATION\nCoxarthrose droite.", ["INDICATION", "Coxarthrose droite."]),
        ("Est-ce droit ? Oui ! Bien.", ["Est-ce droit ?", "Oui !", "Bien."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_clinical_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_sentences_of_a_part_use_offsets_of_the_whole() -> None:
    text = "Un. Deux. Trois."
    assert sentence_spans(text, 4, 9) == [(4, 9)]


def test_overlap_counts_shared_characters() -> None:
    assert overlap((0, 10), (5, 12)) == 5
    assert overlap((0, 5), (5, 9)) == 0


def test_letter_keeps_thirty_marks_and_normalising_takes_no_time_for_a_million() -> None:
    begun = time.process_time()
    text = canonical("a" + "\u0323\u0301" * 500_000 + "b\u0301" + "e\u0301")
    assert time.process_time() - begun < 5
    assert text[0] == "ạ"  # the letter takes its first mark in
    assert 25 < text.index("b") <= 31
    assert text.endswith("b\u0301é")
    assert canonical(text) == text


def test_row_of_signs_that_are_no_marks_is_kept_whole() -> None:
    assert canonical("─" * 100 + "\n" + "……" * 40) == "─" * 100 + "\n" + "……" * 40
