"""Numbers: digits with French or English separators, and the number words of both languages."""

from __future__ import annotations

import re
from fractions import Fraction

from rag.clinical.folding import fold

_UNITS_FR = [
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_UNITS_EN = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS_FR = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80, "nonante": 90}
_TENS_EN = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}


def _words() -> dict[str, int]:
    words = {word: number for number, word in enumerate(_UNITS_FR, 2)} | {word: number for number, word in enumerate(_UNITS_EN, 2)}
    for tens, units, join in ((_TENS_FR, _UNITS_FR, "-"), (_TENS_EN, _UNITS_EN, "-")):
        for word, value in tens.items():
            words[word] = value
            words |= {f"{word}{join}{unit}": value + number for number, unit in enumerate(units[:8], 2)}
    words |= {f"{tens}-et-un{ending}": value + 1 for tens, value in _TENS_FR.items() for ending in ("", "e")}
    words |= {f"{tens}-one": value + 1 for tens, value in _TENS_EN.items()}
    words |= {f"soixante-{unit}": 60 + number for number, unit in enumerate(_UNITS_FR, 2) if number >= 10} | {"soixante-et-onze": 71}
    words |= {"quatre-vingt": 80, "quatre-vingts": 80, "quatre-vingt-un": 81, "quatre-vingt-une": 81}
    words |= {f"quatre-vingt-{unit}": 80 + number for number, unit in enumerate(_UNITS_FR, 2)}
    return words | {
        "cent": 100,
        "hundred": 100,
        "dizaine": 10,
        "douzaine": 12,
        "dozen": 12,
        "quinzaine": 15,
        "vingtaine": 20,
        "trentaine": 30,
    }


NUMBER_WORDS = _words()
_WORD_PATTERN = "|".join(re.escape(word).replace(r"\-", r"[\s-]") for word in sorted(NUMBER_WORDS, key=len, reverse=True))
WORD_NUMBER = rf"\b(?:{_WORD_PATTERN})\b"
ONE = r"\b(?:une?|one|both|double|half|demi)\b"
DIGITS = r"(?<![\w.,])(?<![^\W\d_]-)(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?![\d])|\d+)(?:[.,]\d+)*"
NUMBER = rf"(?:{DIGITS}|{WORD_NUMBER}|{ONE})"
_SINGLE = {
    "un": 1,
    "une": 1,
    "one": 1,
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "both": 2,
    "double": 2,
    "half": Fraction(1, 2),
    "demi": Fraction(1, 2),
}
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")


def number_value(written: str) -> Fraction | None:
    """Return the most likely value of a written number, None where it is not one."""
    values = number_values(written)
    return min(values) if values else None


def number_values(written: str) -> frozenset[Fraction]:
    """Return every value a written number may have: ``4,000`` is 4 or 4000, ``0,400`` only 0.4."""
    word = re.sub(r"\s+", "-", fold(written.strip()))
    if word in _SINGLE:
        return frozenset({Fraction(str(_SINGLE[word]))})
    if word in NUMBER_WORDS:
        return frozenset({Fraction(NUMBER_WORDS[word])})
    digits = re.sub(r"[ \u00a0\u202f]", "", written.strip())
    values = set()
    if _GROUPED.fullmatch(digits):
        values.add(Fraction(re.sub(r"[.,]", "", digits)))
    parts = re.split(r"[.,]", digits)
    if len(parts) <= 2 and all(part.isdigit() for part in parts):
        values.add(Fraction(".".join(parts)))
    elif len(parts) > 2 and all(part.isdigit() for part in parts) and all(len(part) == 3 for part in parts[1:-1]):
        values.add(Fraction("".join(parts[:-1]) + "." + parts[-1]))
    return frozenset(values)
