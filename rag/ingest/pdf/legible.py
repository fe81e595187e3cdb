"""Tells a text layer that can be read from one that cannot: fonts without a table of letters give private
signs, or letters shifted.
"""

from __future__ import annotations

import re

_NO_LETTER = re.compile(r"[\ue000-\uf8ff\ufffd]")
_MOST_UNREADABLE = 0.2
_SIGN = re.compile(r"[^\w\s]")
_MOST_SIGNS = 0.45
_ENOUGH = 40
_WORD = re.compile(r"[^\W\d_]{4,}")
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]", re.IGNORECASE)
_FEWEST_WORDS = 12
_LEAST_VOWELS = 0.28
"""Of the letters of longer words; French and English have 0.38 to 0.47, letters shifted in the alphabet 0.15
to 0.25.
"""


def is_legible(text: str) -> bool:
    """Tell whether a page's text can be read. None at all is legible: there is nothing to misread."""
    if len(_NO_LETTER.findall(text)) > _MOST_UNREADABLE * len(text):
        return False
    solid = len(text) - text.count(" ")
    if (
        solid > _ENOUGH
        and len(_SIGN.findall(text)) > _MOST_SIGNS * solid
        and not re.search(r"([^\w\s])\1{9}", text)
    ):
        return False
    words = _WORD.findall(text)
    if len(words) < _FEWEST_WORDS:
        return True
    letters = "".join(
        words if len(words) < 2 * _FEWEST_WORDS else sorted(set(words))
    )  # a table repeats its few
    return len(_VOWEL.findall(letters)) >= _LEAST_VOWELS * len(letters)
