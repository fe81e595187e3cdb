"""Words of a text as concept forms are compared: folded, without the marks of number and gender, elisions and
link words aside.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.clinical.folding import fold
from rag.clinical.languages import all_of

Token = tuple[str, str, int, int]
"""One word of a text: as written, its key, where it starts and ends. A plain tuple, since a megabyte has
150,000 of them.
"""

_LINKS = "|".join(all_of("links"))
_WORD = re.compile(
    rf"(?<![^\W_])(?:(?:{'|'.join(all_of('elisions'))})['’])?([^\W_]+(?:\+(?![^\W_]))?)", re.IGNORECASE
)
"""A word, the elision before it left out; a ``+`` that ends it is its own (``Na+``, ``ST+``)."""
_GAP = re.compile(rf"(?:[ \t\u00a0\u202f\n'’/‐‑–-]|['’]s\b|\b(?:{_LINKS})\b|\b[dl]['’])*", re.IGNORECASE)
"""What may stand between two words of one form: spaces, one line's end, a hyphen, an apostrophe, a slash,
link words.
"""
_DASH = re.compile(r"\s[–-]\s|\n\s*\n|\n\s*[–-]")
_AFTER_LETTER = re.compile(r"\.\s?")
"""What may also stand after a single letter: ``C. difficile``."""
_LINK_WORDS = frozenset(_LINKS.split("|"))
_OWN_ENDING = frozenset({"temps"})
"""Words whose last letter is no plural: *temps* is not several *temp*."""
_ENDINGS = (("ell", "el"), ("enn", "en"), ("eus", "eu"), ("iv", "if"))


@lru_cache(maxsize=200_000)
def key_of(word: str) -> str:
    """Return what the forms of one word share: *aiguë*, *aigus* and *AIGU* give ``aigu``; empty for a link
    word.
    """
    key = fold(word)
    if key in _OWN_ENDING:
        return key
    if key in _LINK_WORDS:
        return ""
    if len(key) > 4 and key.endswith("aux"):
        return key[:-2] + "l"
    if len(key) > 3 and (key[-1] == "s" or key.endswith("ux")):
        key = key[:-1]
    if len(key) > 4 and key[-1] == "e":
        key = key[:-1]
        return next(
            (key[: -len(ending)] + plain for ending, plain in _ENDINGS if key.endswith(ending)),
            key.removesuffix("e"),
        )
    return key


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text in order, link words left out."""
    keys = key_of
    return [(word, key, *found.span(1)) for found in _WORD.finditer(text) if (key := keys(word := found[1]))]


def stand_together(text: str, first: Token, second: Token) -> bool:
    """Tell whether two words that follow each other may belong to one form."""
    between = text[first[3] : second[2]]
    if len(between) < 2:
        return between in ("", " ", "-", "'", "’", "/", "\u00a0", "\u202f", "‑", "\n") or (
            between == "." and len(first[0]) == 1
        )
    if len(first[0]) == 1 and _AFTER_LETTER.fullmatch(between):
        return True
    return _GAP.fullmatch(between) is not None and _DASH.search(between) is None
