"""Words of common origin: the forms that a medical word of one language may have in another, by regular
endings (thrombose → thrombosis).

A form that does not exist costs nothing in a search, since no passage holds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.clinical.languages import language

_SHORTEST = 5
"""Letters below which a word is left alone: short words meet by accident."""


def cognates(word: str, own: str, other: str) -> Iterator[str]:
    """Yield the forms that a folded word (lower case, no accents) of one language may have in another, the
    word itself left out.
    """
    if len(word) < _SHORTEST or not word.isalpha():
        return
    for ending, others in language(own).cognates.get(other, ()):
        if word.endswith(ending):
            for plain in others:
                form = word[: len(word) - len(ending)] + plain
                if form != word:
                    yield form
            return
