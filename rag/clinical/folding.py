"""The one fold: a text in lower case without accents, as every part of the house compares words.

``fold`` opens ligatures and may change the length; ``flat`` keeps each character in its place, so that
offsets stay those of the text; ``spelled`` is ``fold`` for search, where letters and signs that are typed in
several ways become one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "ʼ": "'"})


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Return the text in lower case without accents; ligatures are opened."""
    decomposed = unicodedata.normalize("NFD", text.lower().translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


class _Flattener(dict[int, str]):
    """Maps a character to one plain lower-case character; filled as texts are met."""

    def __missing__(self, code: int) -> str:
        self[code] = fold(chr(code))[:1] or chr(code)
        return self[code]


_FLATTENER = _Flattener()


def flat(text: str) -> str:
    """Return the text in lower case without accents, each character in its place."""
    return text.translate(_FLATTENER)


_SPELLINGS = str.maketrans(
    {
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "κ": "kappa",
        "λ": "lambda",
        "ω": "omega",
        "μ": "u",
    }
    | dict.fromkeys("’ʼ‘´`′", "'")
    | dict.fromkeys("‐‑–−", "-")
    | {"œ": "oe", "æ": "ae"}
)
"""Letters and signs that are typed in several ways; ``μ`` is nearly always the micro of ``µg``."""
_LATIN_MARKS = re.compile("[\u0300-\u036f]+")
_OTHER_SCRIPTS = re.compile("[\u0483-\u1dff\u20d0-\u20ff\u2c00-\ud7ff\uf900-\U0010ffff]")


def spelled(text: str) -> str:
    """Return a text in lower case without accents, with one spelling of dashes, apostrophes and Greek
    letters.
    """
    text = unicodedata.normalize("NFKD", text.casefold().translate(_SPELLINGS)).translate(_SPELLINGS)
    return text if text.isascii() else _without_marks(text)


def _without_marks(text: str) -> str:
    """Drop combining marks. Those of Latin letters, all that French and English have, go at once; others are
    looked at one by one.
    """
    text = _LATIN_MARKS.sub("", text)
    return (
        "".join(letter for letter in text if not unicodedata.combining(letter))
        if _OTHER_SCRIPTS.search(text)
        else text
    )
