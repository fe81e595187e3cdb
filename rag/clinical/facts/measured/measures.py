"""Numbers with their units as results state them: comparator, value, unit in UCUM, reference range, flag,
status.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.clinical.concepts import Measure, concept
from rag.clinical.folding import flat
from rag.clinical.languages import served
from rag.clinical.measures.ucum import unit_at
from rag.clinical.phrases import listed

NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
_TORN = re.compile(r"(?:^|\s)0,\s$")
VALUE = re.compile(
    r"(?P<cmp>[<>≤≥~≈]=?|=<|=>|\b(?:inf(?:erieure?)?|sup(?:erieure?)?)\s+a|less than|greater than|moins"
    r" de|plus de)?\s?"
    rf"(?P<sign>[-−](?=\d))?(?P<num>{NUMBER})(?P<pow>\s?[x×*]\s?10\s?\^?\s?\d)?"
)
_RANGE = re.compile(
    rf"\s*+(?P<open>[\[(])?\s*+(?:n|norm\w*|ref\w*|vn|vu|valeurs? (?:usuelles?|normales?)|reference(?:"
    rf" range)?|nl|range)?\s*+[:=]?\s*+"
    rf"(?:(?P<low>{NUMBER})\s?(?:-|–|—|a|to|/)\s?(?P<high>{NUMBER})|(?P<cmp>[<>≤≥]=?)\s?(?P<bound>{NUMBER}))\s*[^\d\n\])|;]{{0,14}}(?P<close>[\])])?"
)
_FLAG = re.compile(
    r"\s*[(\[]?(?P<flag>HH|LL|H|L|N|B|\*\*|\*|↑|↓|⬆|⬇|\(h\)|\(b\)|élevée?|elevated|high|low|bas(?:se)?|haut)(?![\w*])[)\]]?"
)
_LONGER = re.compile(
    r"\s?h(?:\d|\b)|\s(?:semaines?|mois|jours?|ans|weeks?|months?|days?|years?)\b|/\d|[.,]{2}|\s?[-–]\s?\d|[.,]\d|:\d|\s?[x×]\s?\d+(?:[.,]\d+)?\s?(?:[x×]|[cm]m)"
)
_FLAGS = {
    "HH": "HH",
    "LL": "LL",
    "H": "H",
    "L": "L",
    "N": "N",
    "B": "L",
    "*": "A",
    "**": "A",
    "↑": "H",
    "⬆": "H",
    "↓": "L",
    "⬇": "L",
}
_COMPARATORS = {
    "≤": "<=",
    "≥": ">=",
    "=<": "<=",
    "=>": ">=",
    "≈": "~",
    "~": "~",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}
_EQUAL = {
    "10*3/uL": "10*9/L",
    "G/L": "10*9/L",
    "10*3/mm3": "10*9/L",
    "10*6/uL": "10*12/L",
    "10*6/mm3": "10*12/L",
    "{beats}/min": "/min",
    "{INR}": "1",
    "10*12/L": "10*12/L",
    "/uL": "/mm3",
}


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A value at a span. ``fits`` tells whether its unit is one that the thing is measured in; ``has_unit``
    whether one is written.
    """

    value: float
    comparator: str
    unit: str
    start: int
    end: int
    fits: bool
    has_unit: bool


def number_of(written: str, language: str) -> float | None:
    """Return the value of a written number, None where it may mean two things.

    ``1.234,5`` and ``1,234.5`` are recognised by their last mark. One mark before three digits parts
    thousands in English after a comma, and is a decimal sign otherwise, unless the whole would begin with
    more than one zero.
    """
    digits = re.sub(r"[ \u00a0\u202f]", "", written)
    marks = re.findall(r"[.,]", digits)
    if len(set(marks)) == 2:
        last = marks[-1]
        return (
            float(digits.replace("," if last == "." else ".", "").replace(",", "."))
            if marks.count(last) == 1
            else None
        )
    if len(marks) > 1:
        return float(re.sub(r"[.,]", "", digits)) if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits) else None
    if marks == [","] and language == "en" and re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits):
        return float(digits.replace(",", ""))
    return float(digits.replace(",", "."))


def measured_at(
    text: str, plain: str, position: int, end: int, language: str, readings: Sequence[str]
) -> tuple[MeasuredValue, str] | None:
    """Return the value at a place with its unit, and the reading of the thing that the unit fits (the first
    where none is written).
    """
    if _TORN.search(plain, max(0, position - 6), position):
        return None  # "0, 305 g/L": a comma torn from its decimals leaves no number to believe
    found = VALUE.match(plain, position, end)
    if found is None:
        return None
    value = number_of(found["num"], language)
    if (
        value is None
        or _goes_on(text, found.end())
        or (found["sign"] and text[found.start("sign") - 1 : found.start("sign")].isalnum())
    ):
        return None
    value = -value if found["sign"] else value
    comparator = _comparator(found["cmp"])
    unit = unit_at(text, found.end(), end)
    if unit is None and found["pow"]:
        unit = unit_at(text, found.start("pow"), end)
    start = found.start("cmp") if found["cmp"] else found.start("num") - (1 if found["sign"] else 0)
    if unit is None:
        return (
            MeasuredValue(
                value,
                comparator,
                "",
                start,
                found.end("num"),
                not accepted(readings[0]) or "1" in accepted(readings[0]),
                False,
            ),
            readings[0],
        )
    for reading in readings:
        known = accepted(reading)
        for ucum, factor in unit.readings:
            if ucum in known or _EQUAL.get(ucum, ucum) in known:
                return (
                    MeasuredValue(_rounded(value * factor), comparator, ucum, start, unit.end, True, True),
                    reading,
                )
    ucum, factor = unit.readings[0]
    return (
        MeasuredValue(
            _rounded(value * factor), comparator, ucum, start, unit.end, not accepted(readings[0]), True
        ),
        readings[0],
    )


def _goes_on(text: str, end: int) -> bool:
    """Tell whether the number is part of a longer mark: a date, a ratio, a code."""
    return bool(_LONGER.match(text, end))


def _rounded(value: float) -> float:
    return float(f"{value:.10g}")


def _comparator(written: str | None) -> str:
    if not written:
        return ""
    word = written.strip()
    if word in _COMPARATORS:
        return _COMPARATORS[word]
    return "<" if word.startswith(("inf", "less", "moins")) else ">"


@cache
def accepted(concept_id: str) -> frozenset[str]:
    """Return the units in which a thing is measured, in UCUM, those that mean the same as one."""
    try:
        units = {measure.unit for measure in concept(concept_id).measured_in}
    except KeyError:
        return frozenset()
    return frozenset(units | {_EQUAL[unit] for unit in units if unit in _EQUAL})


def in_first_unit(concept_id: str, value: float, unit: str) -> tuple[float, str] | None:
    """Return a value in the unit that values of the thing are compared in, None where its unit is not among
    those of the table.
    """
    try:
        measures = concept(concept_id).measured_in
    except KeyError:
        return None
    for measure in measures:
        if unit in (measure.unit, _EQUAL.get(measure.unit)):
            return _rounded(value * float(measure.factor)), measures[0].unit
    return None


_HOTTEST = 46
_FAHRENHEIT = (80, 115)
"""A temperature above what Celsius allows is in degrees Fahrenheit, whether that is written or not."""


@cache
def _limits() -> dict[str, tuple[float, float]]:
    data = tomllib.loads((files(__package__) / "limits.toml").read_text(encoding="utf-8"))
    return {name: (float(low), float(high)) for name, (low, high) in data["limits"].items()}


@cache
def needs_unit(concept_id: str) -> bool:
    """Tell whether a number counts for a thing only with its unit."""
    data = tomllib.loads((files(__package__) / "limits.toml").read_text(encoding="utf-8"))
    return concept_id in data["needs_unit"]["ids"]


def is_possible(concept_id: str, measured: MeasuredValue) -> bool:
    """Tell whether a patient may have a value; one without a unit may be in any unit of the thing."""
    limits = _limits().get(concept_id)
    if limits is None:
        return True
    if concept_id == "temperature" and measured.unit in ("", "[degF]") and measured.value > _HOTTEST:
        return _FAHRENHEIT[0] <= measured.value <= _FAHRENHEIT[1]
    low, high = limits
    converted = in_first_unit(concept_id, measured.value, measured.unit) if measured.unit else None
    if converted is not None:
        return low <= converted[0] <= high
    factors = [float(measure.factor) for measure in concept(concept_id).measured_in] or [1.0]
    return any(low <= measured.value * factor <= high for factor in factors)


def possible_units(concept_id: str, value: float) -> tuple[Measure, ...]:
    """Return the units of a thing in which a bare value is one that a patient may have, in the order of the
    table.
    """
    try:
        measures = concept(concept_id).measured_in
    except KeyError:
        return ()
    low, high = _limits().get(concept_id, (float("-inf"), float("inf")))
    return tuple(measure for measure in measures if low <= value * float(measure.factor) <= high)


def reference_after(plain: str, position: int, end: int, language: str) -> tuple[dict[str, str], int]:
    """Return the reference range written in brackets after a value, as details, and where it ends."""
    found = _RANGE.match(plain, position, end)
    if found is None or not found["open"] or not found["close"]:
        return {}, position
    bounds = _bounds(found, language)
    return bounds, found.end() if bounds else position


def reference_in(plain: str, start: int, end: int, language: str) -> dict[str, str]:
    """Return the reference range that a table cell holds, as details."""
    found = _RANGE.match(plain, start, end)
    return _bounds(found, language) if found else {}


def _bounds(found: re.Match[str], language: str) -> dict[str, str]:
    if found["low"]:
        low, high = number_of(found["low"], language), number_of(found["high"], language)
        return (
            {"reference_low": f"{low:g}", "reference_high": f"{high:g}"}
            if low is not None and high is not None and low < high
            else {}
        )
    bound = number_of(found["bound"], language)
    name = "reference_high" if found["cmp"] in ("<", "≤", "<=") else "reference_low"
    return {name: f"{bound:g}"} if bound is not None else {}


def flag_after(text: str, position: int, end: int) -> tuple[str, int]:
    """Return the flag written after a value as HL7 spells it, "" where there is none, and where it ends."""
    found = _FLAG.match(text, position, end)
    if found is None:
        return "", position
    word = flat(found["flag"])
    letter = _FLAGS.get(found["flag"]) or ("H" if word.startswith(("eleve", "high", "haut", "(h")) else "L")
    return letter, found.end()


@cache
def word_pattern(table: str, name: str) -> re.Pattern[str]:
    """Return a pattern of the phrases of one list of ``results.toml`` in both languages."""
    phrases = sorted(
        {flat(phrase) for language in served() for phrase in listed(language, "results", table, name)},
        key=len,
        reverse=True,
    )
    body = "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in phrases if "(" not in phrase)
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)")
