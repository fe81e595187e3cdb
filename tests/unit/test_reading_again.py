"""What a trained reader adds to scores: which texts it reads, and how far it decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answer.relevance.gate import NamedShare
from rag.answer.select.extracts import Extractor
from rag.retrieve.reading import read_again
from rag.retrieve.tuning import tuning
from tests.unit.answering import evidence, similar


class Sure:
    """A reader that is sure of the texts that hold a word, and remembers what it was given."""

    name, threshold = "sure", 0.5

    def __init__(self, word: str) -> None:
        self.word = word
        self.seen: list[str] = []

    def answers(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> list[float]:
        self.seen += texts
        return [float(self.word in text) for text in texts]

    def clear(self) -> None:
        self.seen = []


def nothing_named(question: str, language: str, candidates: Sequence[object]) -> list[NamedShare]:
    return [NamedShare(0.0, has_form=False) for _ in candidates]


def test_without_a_reader_scores_stay_as_they_are() -> None:
    assert read_again(None, "q", [0.2, 0.9], ["a", "b"], ["", ""], count=5) == [0.2, 0.9]


def test_only_the_best_texts_are_read() -> None:
    reader = Sure("b")
    read_again(reader, "q", [0.1, 0.9, 0.5], ["a", "b", "c"], ["", "", ""], count=2)
    assert reader.seen == ["b", "c"]


def test_what_the_reader_is_sure_of_goes_first() -> None:
    scores = read_again(Sure("c"), "q", [0.6, 0.9, 0.5], ["a", "b", "c"], ["", "", ""], count=3)
    assert max(scores) == scores[2]
    share = tuning().reader.share
    assert scores == pytest.approx([(1 - share) * 0.6, (1 - share) * 0.9, (1 - share) * 0.5 + share])


def test_the_sentence_that_the_reader_is_sure_of_is_quoted() -> None:
    extractor = Extractor(similar, nothing_named, max_sentences=1, reader=Sure("Saignement"))
    (claim,) = extractor.extracts("Quelles pertes ?", "fr", [evidence(1, "cro")])
    assert "Saignement estimé à 350 ml." in claim.text


def test_how_likely_the_evidence_answers_is_that_of_its_best_sentence() -> None:
    items = [evidence(1, "cro"), evidence(2, "ordo")]
    assert Extractor(similar, nothing_named, reader=Sure("paracétamol")).read("q", items) == 1.0
    assert Extractor(similar, nothing_named, reader=Sure("fer")).read("q", items) == 0.0
    assert Extractor(similar, nothing_named).read("q", items) is None
    assert Extractor(similar, nothing_named, reader=Sure("fer")).read("q", []) == 0.0
