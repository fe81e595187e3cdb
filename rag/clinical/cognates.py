"""Words of common origin: the English forms a French medical word may have, and back, by regular endings (thrombose → thrombosis).

A form that does not exist costs nothing in a search, since no passage holds it.
"""

from __future__ import annotations

from collections.abc import Iterator

_SHORTEST = 5
"""Letters below which a word is left alone: short words meet by accident."""

_FROM_FRENCH: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("iques", ("ic", "ical")), ("ique", ("ic", "ical")), ("ites", ("itis",)), ("ite", ("itis", "ite", "ity")), ("oses", ("osis",)),
    ("ose", ("osis", "ose")), ("lyse", ("lysis",)), ("gramme", ("gram",)), ("ie", ("y", "ia")), ("ies", ("y", "ia")), ("euses", ("ous",)),
    ("euse", ("ous",)), ("eux", ("ous",)), ("ifs", ("ive",)), ("if", ("ive",)), ("eurs", ("or", "er")), ("eur", ("or", "er")),
    ("aires", ("ary", "ar")), ("aire", ("ary", "ar")),
    ("oire", ("ory",)), ("te", ("ty", "te", "t")), ("isme", ("ism",)), ("iste", ("ist",)), ("ine", ("in", "ine")), ("ome", ("oma", "ome")),
    ("oide", ("oid",)), ("aux", ("al",)), ("ales", ("al",)), ("ale", ("al",)), ("elle", ("al",)), ("el", ("al",)), ("ement", ("ment",)),
    ("es", ("", "e")), ("e", ("", "e")),
)  # fmt: skip
_FROM_ENGLISH: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ical", ("ique", "ical")), ("ic", ("ique",)), ("itis", ("ite",)), ("osis", ("ose",)), ("lysis", ("lyse",)), ("gram", ("gramme",)),
    ("ity", ("ite",)), ("ty", ("te",)), ("ory", ("oire",)), ("ary", ("aire",)), ("ar", ("aire",)), ("y", ("ie",)), ("ia", ("ie",)),
    ("ous", ("eux",)), ("ive", ("if",)), ("or", ("eur",)), ("ism", ("isme",)), ("ist", ("iste",)), ("ine", ("ine",)), ("in", ("ine",)),
    ("oma", ("ome",)), ("oid", ("oide",)), ("al", ("al", "el", "aux")), ("ment", ("ement",)), ("e", ("e",)), ("", ("e",)),
)  # fmt: skip


def cognates(word: str, language: str) -> Iterator[str]:
    """Yield the forms that a folded word (lower case, no accents) of one language may have in the other, the word itself left out."""
    if len(word) < _SHORTEST or not word.isalpha():
        return
    rules = _FROM_FRENCH if language == "fr" else _FROM_ENGLISH
    for ending, others in rules:
        if word.endswith(ending):
            for other in others:
                form = word[: len(word) - len(ending)] + other
                if form != word:
                    yield form
            return
