"""From what an entry of a record codes to the parts of a ``Fact``: numbers, units in UCUM, periods with their
precision, sides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.core.facts import Period, Precision, Side
from rag.ingest.records.wording.units import ucum

_NUMBER = re.compile(r"\s*+(?:(<=|>=|<|>|≤|≥|~|≈)\s*+)?([+-]?\d++(?:[.,]\d++)?)\s*+")
_SIGNS = {"≤": "<=", "≥": ">=", "≈": "~"}
_PRECISIONS: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}
_SIDES: tuple[tuple[Side, re.Pattern[str]], ...] = (
    ("both", re.compile(r"\b(?:bilat[ée]ra\w+|both sides|des deux côtés)\b|\b51440002\b", re.IGNORECASE)),
    ("left", re.compile(r"\b(?:left|gauches?)\b|\b7771000\b", re.IGNORECASE)),
    ("right", re.compile(r"\b(?:right|droite?s?)\b|\b24028007\b", re.IGNORECASE)),
)


def number(text: str) -> tuple[str, float | None]:
    """Return comparator and number of a value, ``("<", 5.0)``; no number where it is not one number alone."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return "", None
    return _SIGNS.get(found[1] or "", found[1] or ""), float(found[2].replace(",", "."))


@dataclass(frozen=True, slots=True)
class Measured:
    """The number of a fact, with its comparator and its unit in UCUM; no number for what is none."""

    value: float | None = None
    comparator: str = ""
    unit: str = ""


def measured(text: str, unit: str) -> Measured:
    """Return the number that a value is; ``unit`` is as written."""
    comparator, value = number(text)
    return Measured(value, comparator, ucum(unit)) if value is not None else Measured()


def day(iso: str | None) -> Period | None:
    """Return the period of something that happened at one time."""
    return span(iso, iso)


def span(start: str | None, end: str | None) -> Period | None:
    """Return a period, None where neither end is known."""
    known = [iso for iso in (start, end) if iso]
    return (
        Period(start or None, end or None, max(map(_precision, known), key=_ORDER.index)) if known else None
    )


_ORDER: tuple[Precision, ...] = ("year", "month", "day", "minute")


def _precision(iso: str) -> Precision:
    return _PRECISIONS.get(len(iso), "minute")


def side_of(*texts: str) -> Side:
    """Return the side that words or codes name, empty where they name none or disagree."""
    found = {side for text in texts for side, pattern in _SIDES if pattern.search(text)}
    return found.pop() if len(found) == 1 else "both" if {"left", "right"} <= found else ""


def filled(**details: str) -> dict[str, str]:
    """Return the details that are known."""
    return {name: " ".join(text.split()) for name, text in details.items() if text and text.strip()}


def limits_in(text: str) -> dict[str, str]:
    """Return the limits of a reference range as laboratories write it: ``3.5-5.0``, ``< 5``, ``(3,5 à
    5)``.
    """
    plain = text.strip().strip("[]() ").replace(",", ".")
    if both := re.match(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|à|to|\.\.)\s*(-?\d+(?:\.\d+)?)", plain):
        return {"reference_low": both[1], "reference_high": both[2]}
    if one := re.match(r"(<=?|>=?|≤|≥)\s*(-?\d+(?:\.\d+)?)", plain):
        return {"reference_high" if one[1][0] in "<≤" else "reference_low": one[2]}
    return {}
