"""No regular expression of the project takes more than in proportion to its text; the measure finds those
that would.
"""

from __future__ import annotations

import re

import pytest

from tools.regex_growth import BOUNDED, growth_of
from tools.regex_patterns import Found, everything

PATTERNS, UNKNOWN = everything()

EXPONENTIAL = [
    rb"[\s\xef]*(?:<!--.*?-->\s*)*<(?:html|head|body)[\s>]",
    r"(a+)+$",
    r"(?:a|aa)+b",
    r"(?:\w+\s?)*:",
    r"^(?:(?:[a-z]+)[-.]?)+@",
]
QUADRATIC = [
    r"[^\S\n]+$",
    r"\s*:?\s*\d",
    r"\([^)]*\)",
    r'"documents"\s*:\s*\[.*"passages"',
    r"[a-z]+\d+(?:\.\d+)+",
    r"(?:[.!?]+[)\"']*)(?=\s)",
    r"\d+(?:[.,]\d+)*\s?mg\b",
]
LINEAR = [
    r"\w+",
    r"(?<![^\S\n])[^\S\n]++$",
    r"\([^()]*\)",
    r"\b(?:le|la|les)\s(?:patient|malade)e?\b",
    r"(?<![\w.,])(?:\d{1,3}(?: \d{3}){1,4}|\d+)(?:[.,]\d+)*",
    rb'"resourceType"\s*:\s*"[A-Z]',
    r"^ {0,3}(#{1,6})[ ]+(\S.*)$",
]


def _found(pattern: str | bytes, *uses: str) -> Found:
    return Found("planted", pattern, re.compile(pattern, re.DOTALL).flags, frozenset(uses or ("search",)))


@pytest.mark.parametrize("pattern", [*EXPONENTIAL, *QUADRATIC], ids=repr)
def test_planted_pattern_that_grows_too_fast_is_found(pattern: str | bytes) -> None:
    assert growth_of(_found(pattern)) is not None


@pytest.mark.parametrize("pattern", LINEAR, ids=repr)
def test_linear_pattern_passes(pattern: str | bytes) -> None:
    assert growth_of(_found(pattern)) is None


def test_pattern_that_is_only_matched_at_the_beginning_may_begin_with_what_repeats() -> None:
    assert growth_of(_found(r"\s*<[a-z]+>", "match")) is None
    assert growth_of(_found(r"\s*<[a-z]+>", "search")) is not None


def test_patterns_of_code_of_constants_and_of_word_lists_are_all_collected() -> None:
    assert UNKNOWN == []
    held = {found.pattern for found in PATTERNS}
    assert rb'"passages"\s*:\s*\[' in held  # a constant
    assert r"tesseract v?(\d[\w.]*)" in held  # written in a call
    assert any(
        isinstance(pattern, str) and "soixante" in pattern for pattern in held
    )  # made from a word list
    assert len(PATTERNS) > 250


def test_excuse_names_a_pattern_that_is_there() -> None:
    assert {*BOUNDED} <= {found.place for found in PATTERNS}


def test_every_pattern_of_the_project_grows_no_faster_than_its_text() -> None:
    assert [str(grown) for found in PATTERNS if (grown := growth_of(found)) is not None] == []
