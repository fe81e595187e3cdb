"""How much of one text's content words another text holds."""

from __future__ import annotations

from functools import lru_cache

from rag.clinical.stems import terms
from rag.index.lexical import CHANNELS


def overlap(text: str, other: str) -> float:
    """Return the share of the content terms of ``text`` found in ``other``, in [0, 1], in the language where
    it is highest.

    Longer terms weigh more: they carry more of the meaning (``hemicolectomie`` against ``dose``). 0 where
    ``text`` has no term.
    """
    return max(_share(text, other, language) for language in CHANNELS)


def _share(text: str, other: str, language: str) -> float:
    wanted = _terms(text, language)
    if not wanted:
        return 0.0
    held = _terms(other, language)
    return sum(len(term) for term in wanted if term in held) / sum(len(term) for term in wanted)


def any_terms(text: str) -> frozenset[str]:
    """Return the content terms of a text in every language."""
    return frozenset().union(*(terms(text, language) for language in CHANNELS))


@lru_cache(maxsize=4096)
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language))


def forget_overlaps() -> None:
    """Drop every text that is remembered, as part of erasing documents."""
    _terms.cache_clear()
