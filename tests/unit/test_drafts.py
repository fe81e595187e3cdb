"""Sentences come out of a JSON stream whole, in order, and cite only what exists."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.write.drafts import DraftReader, DraftSentence

WHOLE = json.dumps(
    {
        "sentences": [
            {"cites": [2, 1], "text": "Côté  gauche."},
            {"cites": [3], "text": 'Dose "forte" [40 mg].'},
        ]
    },
    ensure_ascii=False,
)
EXPECTED = [DraftSentence("Côté gauche.", (2, 1)), DraftSentence('Dose "forte" [40 mg].', (3,))]


@given(st.lists(st.integers(1, len(WHOLE) - 1), max_size=12))
def test_any_cut_of_the_stream_gives_the_same_drafts(cuts: list[int]) -> None:
    ends = sorted({0, *cuts, len(WHOLE)})
    parts = [WHOLE[first:last] for first, last in pairwise(ends)]
    assert list(DraftReader(frozenset({1, 2, 3})).read(parts)) == EXPECTED


def test_a_draft_comes_as_soon_as_it_is_complete() -> None:
    reader = DraftReader(frozenset({1}))
    drafts = reader.read(iter(['{"sentences":[{"cites":[1],"text":"Un."}', ',{"cites":[1],"text":"Deu']))
    assert next(drafts) == DraftSentence("Un.", (1,))


def test_several_sentences_in_one_item_are_told_apart() -> None:
    reader = DraftReader(frozenset({1}))
    drafts = list(reader.read(['{"sentences":[{"cites":[1],"text":"Voie antérieure. Incision de 9 cm."}]}']))
    assert drafts == [DraftSentence("Voie antérieure.", (1,)), DraftSentence("Incision de 9 cm.", (1,))]


def test_unknown_markers_are_dropped_and_counted() -> None:
    reader = DraftReader(frozenset({1}))
    assert list(reader.read(['{"sentences":[{"cites":[1,7,"x"],"text":"A."}]}'])) == [
        DraftSentence("A.", (1,))
    ]
    assert reader.invalid_markers == 2


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "Je ne sais pas.",
        '{"sentences":',
        '{"sentences":[]}',
        '{"sentences":[{"cites":[1]}]}',
        '{"sentences":[42]}',
    ],
)
def test_a_stream_without_sentences_gives_no_draft(broken: str) -> None:
    assert list(DraftReader(frozenset({1})).read([broken])) == []


def test_what_was_complete_before_a_break_is_kept() -> None:
    parts = ['{"sentences":[{"cites":[1],"text":"A."},{"cites":[1],"te']
    assert list(DraftReader(frozenset({1})).read(parts)) == [DraftSentence("A.", (1,))]
