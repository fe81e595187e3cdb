"""Whether a password is easy to guess: what stays of it once the parts that are tried first are taken out.

Taken out are the owner's names, common words, runs along the alphabet or the keyboard, years, and what is
said twice; each part still counts for one character, as a guesser has to try it. The rule is for choosing;
nothing of it is stored. Lengths and the count are by hand, after NIST SP 800-63B (length first, no classes of
characters, a list of what is common).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rag.clinical.folding import fold

LEAST_LEFT = 8
_SHORTEST_NAME, _SHORTEST_RUN = 3, 4
_YEAR = re.compile(r"(?:19|20)\d\d")
_PART = "\0"


def is_guessable(password: str, names: Iterable[str] = ()) -> bool:
    """Tell whether less than ``LEAST_LEFT`` characters are the password's own."""
    return own_characters(password, names) < LEAST_LEFT


def own_characters(password: str, names: Iterable[str] = ()) -> int:
    """Return how many different characters and parts are left."""
    rows, words, letters = _known()
    plain = fold(password).lower()
    owned = {part for name in names for part in re.split(r"\W+", fold(name).lower())}
    known = sorted(words | {name for name in owned if len(name) >= _SHORTEST_NAME}, key=len, reverse=True)
    plain = _without_runs(_YEAR.sub(_PART, plain), rows)
    for spelt in (plain, plain.translate(letters)):
        left = spelt
        for word in known:
            left = left.replace(word, _PART)
        plain = min(plain, left, key=lambda text: len(text.replace(_PART, "")))
    return len(_once(plain))


def _without_runs(text: str, rows: frozenset[str]) -> str:
    """Take out what goes along a row, either way."""
    found, at = "", 0
    while at < len(text):
        end = at + _SHORTEST_RUN
        while end <= len(text) and any(text[at:end] in row for row in rows):
            end += 1
        if end > at + _SHORTEST_RUN:
            found, at = found + _PART, end - 1
        else:
            found, at = found + text[at], at + 1
    return found


def _once(text: str) -> set[str]:
    """Return the different pairs of neighbours: what is said again adds nothing."""
    return {text[at : at + 2] for at in range(len(text))}


@cache
def _known() -> tuple[frozenset[str], frozenset[str], dict[int, str]]:
    told = tomllib.loads((files(__package__) / "password_words.toml").read_text(encoding="utf-8"))
    rows = frozenset(told["rows"]) | {row[::-1] for row in told["rows"]}
    return rows, frozenset(told["words"]), str.maketrans(told["letters"])
