"""What tells names from other words: lists of this folder, and the words of the concepts."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from rag.clinical.concepts import concepts
from rag.clinical.folding import fold

_LETTERS = re.compile(r"[^\W\d_]{3,}")


@cache
def listed(name: str) -> frozenset[str]:
    """Return a list of ``names.toml``, folded."""
    return frozenset(fold(word) for word in _tables()[name])


def in_order(name: str) -> tuple[str, ...]:
    """Return a list of ``names.toml`` as it stands there, folded."""
    return tuple(fold(word) for word in _tables()[name])


@cache
def ordinary() -> frozenset[str]:
    """Return the words that are no names by themselves: folded, of three letters or more."""
    text = (files(__package__) / "ordinary.txt").read_text(encoding="utf-8")
    found = {line for line in text.splitlines() if not line.startswith("#")}
    for row in concepts():
        for form in (*row.labels.values(), *(form for forms in row.forms.values() for form in forms)):
            found.update(_LETTERS.findall(fold(form)))
    return frozenset(found) | listed("of_things") | listed("eponyms") | _told_words()


@cache
def microbes() -> frozenset[str]:
    """Return the words of names of microbes, whose first is often shortened to an initial."""
    forms = (form for row in concepts("organism") for forms in row.forms.values() for form in forms)
    return frozenset(word for form in forms for word in _LETTERS.findall(fold(form)))


@cache
def _told_words() -> frozenset[str]:
    names = ("roles", "facilities", "streets", "months", "number_words", "date_parts", "labels")
    return frozenset(word for name in names for word in listed(name))


@cache
def _tables() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(
        (files(__package__) / "names.toml").read_text(encoding="utf-8")
    )
    return found
