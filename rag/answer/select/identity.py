"""Lines that say who the patient is and nothing else: ``Patient : Mme X, née le …`` answers no question but
that one. The lines ``From:`` and ``To:`` of a mail answer none either.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from rag.clinical.folding import fold

_WORD = re.compile(r"[^\W\d_]+")
_HEADER = re.compile(r"\s*\w+\s?:")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(tomllib.loads((files(__package__) / "identity.toml").read_text(encoding="utf-8"))[name])


def only_identifies(text: str) -> bool:
    """Tell whether a text, from which dates are taken out, names the patient and says nothing of them, or who
    wrote a mail to whom.
    """
    words = _WORD.findall(text)
    if "@" in text and words and fold(words[0]) in _words("addresses") and _HEADER.match(text):
        return True
    folded = [fold(word) for word in words]
    known = _words("titles") | _words("births") | _words("labels")
    if not any(word in _words("titles") or word in _words("births") for word in folded):
        return False
    if not any(word in _words("births") or word in _words("labels") for word in folded):
        return False
    return all(word in known or written[:1].isupper() for word, written in zip(folded, words, strict=True))


def asks_identity(question: str) -> bool:
    """Tell whether a question asks who the patient is, or how old."""
    return any(fold(word) in _words("asked") for word in _WORD.findall(question))
