"""A word at any place of a file where text may stand comes out, or is named as left out.

``python -m tools.marked`` counts over all places.
"""

from __future__ import annotations

import pytest

from tools.marked.__main__ import WORDS, every_place
from tools.marked.places import Place
from tools.marked.reading import Marks

pytest.importorskip("pydicom", reason='needs pip install "traboule[dicom]"')
pytest.importorskip("openpyxl", reason='needs pip install "traboule[office]"')
SAMPLE = every_place()[::7]


@pytest.fixture(scope="module")
def marks() -> Marks:
    return Marks()


@pytest.mark.parametrize("place", SAMPLE, ids=lambda place: f"{place.format}-{place.name}")
def test_no_word_is_lost_in_silence(place: Place, marks: Marks) -> None:
    assert marks.fate(place, WORDS[0]) in ("read", "named")


def test_a_word_that_is_lost_is_seen_to_be_lost(marks: Marks) -> None:
    lost = Place("html", "of no use", ".html", lambda _word: b"<p>Patient revu.</p>")
    assert marks.fate(lost, WORDS[0]) == "lost"
