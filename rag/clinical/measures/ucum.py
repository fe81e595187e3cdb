"""Units of results in UCUM, read at a place of a text.

``G/L`` and ``g/L`` differ by their case alone: giga per litre where the thing is a cell count, which only the
concept can tell; so a unit gives every meaning it may have, the likeliest first.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_SUPERSCRIPTS = str.maketrans(
    {
        "²": "2",
        "³": "3",
        "⁹": "9",
        "⁶": "6",
        "¹": "1",
        "µ": "u",
        "μ": "u",
        "·": ".",
        "×": "x",
        "ℓ": "l",
        "é": "e",
    }
)
_CANDIDATE = re.compile(
    r"[ \u00a0\u202f]?(?:(?:[x×]?\s?10\s?[\^*eE]?\s?[\d⁹³⁶¹²]{1,2}\s?/\s?[a-zA-Zµμ]+[³3]?)|"
    r"(?:(?:[a-zA-Zéµμ°%]{1,12}\d?)|(?=/))"
    r"(?:\s?(?:/|\bpar\b|\bper\b|\bPAR\b)\s?"
    r"(?:1[.,]73\s?m[²2]|100\s?ml|24\s?h|[a-zA-Zéµμ]{1,10}[²³23]?)){0,3})(?![^\W_])"
)
_GIGA = re.compile(r"[GT]/[Ll]|[GT]iga")


@dataclass(frozen=True, slots=True)
class UnitAt:
    """A unit written at a place: its readings as (UCUM, factor), the likeliest first, and where it ends."""

    readings: tuple[tuple[str, float], ...]
    end: int


def unit_at(text: str, position: int, limit: int | None = None) -> UnitAt | None:
    """Return the unit that stands at a place, after at most one space; None where there is none."""
    found = _CANDIDATE.match(text, position) if limit is None else _CANDIDATE.match(text, position, limit)
    while found is not None:
        written = found[0].strip()
        if readings := readings_of(written):
            return UnitAt(readings, found.end())
        cut = max(found[0].rfind("/"), found[0].rfind(" par "), found[0].rfind(" per "))
        if cut <= 0:
            return None
        found = _CANDIDATE.match(text, position, position + cut)
    return None


@lru_cache(maxsize=4096)
def readings_of(written: str) -> tuple[tuple[str, float], ...]:
    """Return what a written unit may mean in UCUM, () where it is no unit of a result."""
    plain = re.sub(r"\s+", "", re.sub(r"\s(?:par|per|PAR)\s", "/", written.translate(_SUPERSCRIPTS))).lower()
    whole = _tables()[0].get(plain)
    if whole is not None:
        if plain == "g/l":
            giga, gram = ("10*9/L", 1.0), ("g/L", 1.0)
            return (giga, gram) if _GIGA.match(written) else (gram, giga)
        return (whole,)
    parts = plain.split("/")
    known = [_tables()[1].get(part, "") for part in parts]
    return (("/".join(known), 1.0),) if len(parts) > 1 and all(known) else ()


def is_unit(word: str) -> bool:
    """Tell whether a word is a unit, or a part of one (``mg``, ``cp`` of a dose)."""
    plain = word.lower()
    return plain in _tables()[0] or plain in _tables()[1] or plain in _COUNTED


_COUNTED = frozenset({"cp", "pa", "fl", "am", "gt", "ui", "ch"})


@cache
def _tables() -> tuple[dict[str, tuple[str, float]], dict[str, str]]:
    data = tomllib.loads((files(__package__) / "ucum.toml").read_text(encoding="utf-8"))
    return {form: (unit, float(factor)) for form, (unit, factor) in data["whole"].items()}, data["part"]
