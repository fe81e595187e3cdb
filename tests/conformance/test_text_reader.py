"""What every ``TextReader`` promises, run on the product's own with a random adapter over a tiny encoder, and
on one made of the shipped fake.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.protocols import TextReader
from rag.models.reader.adapter import read_adapter
from rag.models.reader.readers import AdaptedReader, ScoringReader
from rag.models.reader.reading import WEIGHTS_FILE, ReaderHead
from rag.settings import ReaderSettings
from rag.testing import OverlapScorer
from tests.unit import e5_weights
from tests.unit.test_reader import BASE, file_digest, write_adapter

QUESTION = "fièvre à quelle date ?"
TEXTS = ["Fièvre le 3.", "a b " * 400, "", "</s><s> <mask>", "a a a a a a", "Fieber am 3.", "Fièvre le 3."]


def _adapted(folder: Path) -> TextReader:
    (folder / BASE).mkdir()
    e5_weights.write(folder / BASE / WEIGHTS_FILE, positions=192)
    file = write_adapter(folder / "a.safetensors", "answers", file_digest(folder / BASE / WEIGHTS_FILE))
    head = ReaderHead(folder, read_adapter(file, "answers"), ReaderSettings(threads=1))
    return AdaptedReader(head, "random", 0.5)


@pytest.fixture(params=["adapted", "scoring"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> TextReader:
    return _adapted(tmp_path) if request.param == "adapted" else ScoringReader(OverlapScorer())


def test_one_probability_a_text(reader: TextReader) -> None:
    found = reader.answers(QUESTION, TEXTS)
    assert len(found) == len(TEXTS)
    assert all(0.0 <= value <= 1.0 for value in found)


def test_an_empty_text_answers_nothing(reader: TextReader) -> None:
    assert reader.answers(QUESTION, [""]) == [0.0]


def test_a_text_is_read_the_same_wherever_it_stands(reader: TextReader) -> None:
    found = reader.answers(QUESTION, TEXTS)
    assert found[0] == found[6]
    assert reader.answers(QUESTION, TEXTS[::-1])[::-1] == pytest.approx(found, abs=1e-4)
    reader.clear()
    assert reader.answers(QUESTION, TEXTS[:1]) == pytest.approx(found[:1], abs=1e-4)


def test_many_texts_are_read(reader: TextReader) -> None:
    assert len(reader.answers(QUESTION, [f"a {number}" for number in range(500)])) == 500


def test_what_stands_above_a_text_may_be_given(reader: TextReader) -> None:
    found = reader.answers(QUESTION, TEXTS[:2], ["Compte rendu", ""])
    assert len(found) == 2


def test_no_texts_give_nothing(reader: TextReader) -> None:
    assert reader.answers(QUESTION, []) == []


def test_name_and_threshold_are_fixed(reader: TextReader) -> None:
    assert reader.name
    assert 0.0 < reader.threshold < 1.0
