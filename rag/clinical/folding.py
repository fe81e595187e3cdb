"""The one fold: a text in lower case without accents, as every part of the house compares words.

``fold`` opens ligatures and may change the length; ``flat`` keeps each character in its place, so that offsets stay those of the text.
"""

from __future__ import annotations

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
