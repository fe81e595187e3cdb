"""Numbers: digits with French or English separators, and the number words of every language served."""

from __future__ import annotations

import re
from fractions import Fraction

from rag.clinical.folding import fold
from rag.clinical.languages import data, served

NUMBER_WORDS: dict[str, int] = {
    word: int(number)
    for code in served()
    for number, words in data(code, "numbers").get("words", {}).items()
    for word in words
}
_SINGLE: dict[str, Fraction] = {
    word: Fraction(number)
    for code in served()
    for number, words in data(code, "numbers").get("single", {}).items()
    for word in words
}
_WORD_PATTERN = "|".join(
    re.escape(word).replace(r"\-", r"[\s-]") for word in sorted(NUMBER_WORDS, key=len, reverse=True)
)
WORD_NUMBER = rf"\b(?:{_WORD_PATTERN})\b"
ONE = r"\b(?:une?|one|both|double|half|demi)\b"
DIGITS = r"(?<![\w.,])(?<![^\W\d_]-)(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?![\d])|\d+)(?:[.,]\d+)*"
NUMBER = rf"(?:{DIGITS}|{WORD_NUMBER}|{ONE})"
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")


def number_value(written: str) -> Fraction | None:
    """Return the most likely value of a written number, None where it is not one."""
    values = number_values(written)
    return min(values) if values else None


def number_values(written: str) -> frozenset[Fraction]:
    """Return every value a written number may have: ``4,000`` is 4 or 4000, ``0,400`` only 0.4."""
    word = re.sub(r"\s+", "-", fold(written.strip()))
    if word in _SINGLE:
        return frozenset({_SINGLE[word]})
    if word in NUMBER_WORDS:
        return frozenset({Fraction(NUMBER_WORDS[word])})
    digits = re.sub(r"[ \u00a0\u202f]", "", written.strip())
    values = set()
    if _GROUPED.fullmatch(digits):
        values.add(Fraction(re.sub(r"[.,]", "", digits)))
    parts = re.split(r"[.,]", digits)
    if len(parts) <= 2 and all(part.isdigit() for part in parts):
        values.add(Fraction(".".join(parts)))
    elif (
        len(parts) > 2
        and all(part.isdigit() for part in parts)
        and all(len(part) == 3 for part in parts[1:-1])
    ):
        values.add(Fraction("".join(parts[:-1]) + "." + parts[-1]))
    return frozenset(values)
