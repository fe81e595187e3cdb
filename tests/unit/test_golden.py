"""Each parser still makes of its inputs what it made when they were last looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.text import canonical
from tests.golden import DATA, check, everything

GOLDEN = sorted(DATA.rglob("*.golden"))
INPUTS = [path.with_name(path.name.removesuffix(".golden")) for path in GOLDEN]


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", INPUTS, ids=name)
def test_a_file_gives_what_it_gave(path: Path, regenerate: bool) -> None:
    check(path, regenerate=regenerate)


@pytest.mark.parametrize("path", INPUTS, ids=name)
def test_offsets_count_in_a_canonical_text(path: Path) -> None:
    documents, _, _ = everything(path)
    assert documents
    for document in documents:
        assert canonical(document.text) == document.text
        for section in document.sections:
            opens = document.text[section.start : section.end].startswith(section.path[0])
            assert (
                opens or len(section.path) > 1 or section.start == 0
            )  # the first may begin with the opening lines
        assert all(0 <= section.start < section.end <= len(document.text) for section in document.sections)


def test_golden_files_are_compared_and_not_written(regenerate: bool) -> None:
    assert not regenerate, "look at the difference of the golden files, then run without --regenerate-golden"
