"""Names of persons in questions and documents: they say whose record, not what is asked.

A name is known by the title before it (M., Mme, Mr, Dr…), in the question or in the documents found;
``Bellecour PTH : quel côté ?`` names Bellecour because the records speak of *M. Bellecour*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.clinical.languages import all_of

_TITLES = "|".join(sorted(all_of("titles"), key=len, reverse=True))
_TITLED = re.compile(rf"\b(?:{_TITLES})\b\.?\s+((?:[A-ZÀ-Ý][\w'’-]+)(?:\s+[A-ZÀ-Ý][A-ZÀ-Ý'’-]+\b)*)")
_TITLE = rf"(?:(?:{'|'.join(all_of('before_titles'))})?\b(?:{_TITLES})\b\.?\s+)?"
_MIN_LETTERS = 3


def person_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the names that follow a title, folded to lower case."""
    return frozenset(
        name.casefold() for text in texts for name in _TITLED.findall(text) if len(name) >= _MIN_LETTERS
    )


def named_in(question: str, names: Iterable[str]) -> frozenset[str]:
    """Return the names that stand as words in the question, whatever their case."""
    folded = question.casefold()
    return frozenset(name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", folded))


def without_names(question: str, names: Iterable[str]) -> str:
    """Return the question without these names and their titles; as it was where nothing else would be
    left.
    """
    rest = question
    for name in sorted(names, key=len, reverse=True):
        rest = re.sub(
            rf"{_TITLE}(?<![\w-]){re.escape(name)}(?:['’]s)?(?![\w-])\s*[:,]?", " ", rest, flags=re.IGNORECASE
        )
    rest = " ".join(rest.split()).strip(" ,:;")
    return rest if sum(len(word) > 2 for word in re.findall(r"\w+", rest)) >= 2 else question
