"""Units of measure as clinicians write them, read at a place of a text and brought to a base unit.

Two quantities may be compared where their dimensions (``mass``, ``mass/volume``, ``tablet``) are the same.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

from rag.clinical.languages import common_words

_PER = re.compile(r"\s?(?:/|\bpar\b|\bper\b)\s?", re.IGNORECASE)
_GAP = re.compile(r"(?:(?<=aine)\s(?:d['’]|de\s)|[ \u00a0\u202f‑-])?")
DOSES = frozenset(
    "mass volume activity amount mass/mass tablet capsule ampoule sachet injection drop puff patch".split()
)
"""Dimensions in which a drug is dosed."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit found in a text: its dimension, the factor to the base unit, and where it ends."""

    dimension: str
    factor: Fraction
    end: int


NO_UNIT = Unit("", Fraction(1), 0)


@cache
def _table() -> dict[str, tuple[str, Fraction]]:
    tables = tomllib.loads(
        (files(__package__) / "units.toml").read_text(encoding="utf-8"), parse_float=Fraction
    )
    return {
        form: (dimension, Fraction(factor))
        for dimension, table in tables.items()
        for form, factor in table.items()
    }


@cache
def _lower_table() -> dict[str, tuple[str, Fraction]]:
    return {form.lower(): entry for form, entry in reversed(_table().items()) if len(form) > 1}


@cache
def _pattern() -> re.Pattern[str]:
    forms = sorted(_table(), key=len, reverse=True)
    return re.compile(
        "(?:"
        + "|".join(
            re.escape(form) + (r"(?![^\W_]|['’][^\W_])" if form[-1].isalnum() else "") for form in forms
        )
        + ")",
        re.IGNORECASE,
    )


def unit_at(text: str, position: int) -> Unit:
    """Return the unit that starts at a position, after at most one space or hyphen, or ``NO_UNIT``.

    "Per day" and the like are left to the frequencies; the 1.73 m² of a filtration rate is read over, as
    writers leave it out.
    """
    start = _GAP.match(text, position).end()  # type: ignore[union-attr]  # the pattern matches everywhere
    first = _simple_unit(text, start)
    if first is None:
        return NO_UNIT
    dimension, factor, end = first
    while (link := _PER.match(text, end)) and (below := _simple_unit(text, link.end())):
        word = text[link.end() : below[2]].lower()
        if word in common_words("cycles"):
            break
        end = below[2]
        if below[0] != "area" or not word.startswith("1"):
            dimension, factor = f"{dimension}/{below[0]}", factor / below[1]
    return Unit(dimension, factor, end)


def _simple_unit(text: str, start: int) -> tuple[str, Fraction, int] | None:
    found = _pattern().match(text, start)
    if found is None:
        return None
    entry = _table().get(found[0]) or _lower_table().get(found[0].lower())
    return (*entry, found.end()) if entry else None


_WRITTEN = {
    "[IU]": "UI",
    "[degF]": "°F",
    "Cel": "°C",
    "[Hg]": "Hg",
    "[H2O]": "H2O",
    "(24.h)": "24h",
    "{beats}": "",
    "10*": "10^",
    "{1.73_m2}": "1,73 m²",
}


def as_written(ucum: str) -> str:
    """Return a UCUM unit as clinicians write it, so that it can be read by ``unit_at``: ``mm[Hg]`` gives
    mmHg.
    """
    for code, sign in _WRITTEN.items():
        ucum = ucum.replace(code, sign)
    return ucum
