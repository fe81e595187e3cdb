"""Numbers, checked without any model: a number that an answer states and its quotes do not hold was made up,
or cited wrongly.

Independent of the product's verifier on purpose, with its own reading of numbers: digits, decimals, thousands
and the months of dates.
"""

from __future__ import annotations

import re

from eval.metrics.answers.nuggets import normalised
from eval.statistics.scores import Score, Unscored
from rag.contract import AnswerJson

_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})((?:[ ,]\d{3})+)(?![\d.,]*\d)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MONTH_NAMES = (
    "janvier|january|janv|jan",
    "fevrier|february|fevr|feb",
    "mars|march|mar",
    "avril|april|avr|apr",
    "mai|may",
    "juin|june|jun",
    "juillet|july|juil|jul",
    "aout|august|aug",
    "septembre|september|sept|sep",
    "octobre|october|oct",
    "novembre|november|nov",
    "decembre|december|dec",
)
_MONTHS = tuple(re.compile(rf"(?<![^\W\d_])(?:{names})(?![^\W\d_])") for names in _MONTH_NAMES)


def numbers(text: str) -> set[str]:
    """Return the numbers of a text in one writing: ``4 000``, ``4,000`` and ``4000`` are one; a named month
    is its number too.
    """
    plain = normalised(text)
    return _digits(text) | {str(place) for place, names in enumerate(_MONTHS, start=1) if names.search(plain)}


def numbers_cited(answer: AnswerJson) -> Score:
    """Share of the claims with a number whose numbers all stand in their own quotes."""
    stated = [
        (_digits(claim.text), "\n".join(citation.quote for citation in claim.citations))
        for claim in answer.claims
    ]
    checked = [figures <= numbers(quotes) for figures, quotes in stated if figures]
    return sum(checked) / len(checked) if checked else Unscored("no_number")


def _digits(text: str) -> set[str]:
    spaced = text.replace("\u202f", " ").replace("\xa0", " ")
    joined = _THOUSANDS.sub(lambda found: found[1] + re.sub(r"[ ,]", "", found[2]), spaced)
    return {_plain(number) for number in _NUMBER.findall(joined)}


def _plain(number: str) -> str:
    whole, _, decimals = number.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + decimals if decimals else ''}"
