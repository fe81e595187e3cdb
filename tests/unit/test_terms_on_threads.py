"""Terms are the same whichever thread asks, however many ask at once: a server searches on several."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.clinical import stems as index_terms
from rag.clinical import words as answer_terms

WORDS = [
    f"{stem}{ending}"
    for stem in ("opér", "nation", "hospitalis", "médic", "transfus", "generali")
    for ending in ("ations", "ement", "ing", "ées", "zation", "able", "iques")
]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads give way to each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def of_index(word: str) -> object:
    return [index_terms._stem(word, language) for language in ("fr", "en")]


def of_answer(word: str) -> object:
    return answer_terms.word_keys.__wrapped__(word)  # what is remembered would hide what is computed


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("stem", [of_index, of_answer])
def test_stems_do_not_mix(stem: Callable[[str], object]) -> None:
    expected = [stem(word) for word in WORDS]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(stem, WORDS * 20))
    assert found == expected * 20
