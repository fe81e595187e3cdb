"""Inputs as the bug trackers of the field hold them: each says what it must, and nothing that it must not.

The inputs are made up; ``tests/data/odd/expected.toml`` says what of each.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.golden import DATA, everything

ODD = DATA / "odd"
EXPECTED: dict[str, Any] = tomllib.loads((ODD / "expected.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_an_odd_input_says_what_it_must(name: str) -> None:
    wanted = EXPECTED[name]
    documents, errors, _ = everything(ODD / name)
    text = "\n".join(document.text for document in documents)
    assert bool(errors) is wanted.get("fails", False)
    for words in wanted["says"]:
        assert words in text or any(other in text for other in words.split("|")), words
    for words in wanted.get("never", ()):
        assert words not in text, words


def test_every_input_is_named() -> None:
    found = {path.relative_to(ODD).as_posix() for path in Path(ODD).rglob("*") if path.is_file()}
    assert found == {*EXPECTED, "expected.toml"}
