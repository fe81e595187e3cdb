"""Names of drugs: one name for all spellings and brands of a substance.

Drugs are known by the endings of their international names, which French and English share, and by lists for
the others (``drugs.toml``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rag.clinical.words import ReadText, Term, common_form

_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug named in a text; ``name`` is one for all spellings and brands of a substance."""

    name: str
    start: int
    end: int


def drugs_in(text: ReadText) -> list[Drug]:
    """Return the drugs named in a text, in order."""
    named = ((drug_name(term), term) for term in text.terms)
    return [Drug(name, term.start, term.end) for name, term in named if name is not None]


def drug_name(term: Term) -> str | None:
    """Return the substance that a word names, None where it names none."""
    return _substance(term.folded)


@lru_cache(maxsize=20_000)
def _substance(folded: str) -> str | None:
    word = _bare(folded)
    if len(word) < _SHORTEST or word in _words("not") or word in _words("classes"):
        return None
    if substance := _same().get(word):
        return common_form(substance)
    return common_form(word) if word in _words("names") or _endings().search(word) else None


def has_drug_ending(stem: str) -> bool:
    """Tell whether a folded word or stem ends as the names of a class of drugs do, with or without its last
    *e*.
    """
    word = _bare(stem)
    return word not in _words("not") and _endings().search(word) is not None


def _bare(folded: str) -> str:
    """Return a word without the marks by which French and English spellings differ."""
    return folded.removesuffix("s").removesuffix("e")


@cache
def _data() -> Mapping[str, list[str] | dict[str, str]]:
    return tomllib.loads((files(__package__) / "drugs.toml").read_text(encoding="utf-8"))


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(_bare(name) for name in _data()[table])


@cache
def _endings() -> re.Pattern[str]:
    return re.compile(f".{{3}}(?:{'|'.join(_data()['stems'])})$")


@cache
def _same() -> dict[str, str]:
    tables = (_data()["brands"], _data()["same"])
    return {
        _bare(name): substance
        for table in tables
        if isinstance(table, dict)
        for name, substance in table.items()
    }
