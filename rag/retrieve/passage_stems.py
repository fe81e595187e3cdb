"""The stems of passages, kept for the next questions: cutting some 150 candidates into words is most of what
the second stage costs.

What is kept here was read from documents: ``forget_stems`` is part of erasing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.clinical.stems import terms
from rag.core.text import sentence_spans
from rag.core.types import Passage
from rag.index.lexical import channel_of

_KEPT = 8192
"""Passages whose stems are kept: about 40 MB."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of each sentence in reading order, and ``all`` of them with those of title and section."""

    sentences: tuple[tuple[str, ...], ...]
    all: frozenset[str]


def stems_of(passage: Passage) -> Stems:
    """Return the stems of a passage in its own language's channel."""
    return _stems(_ById(passage))


def forget_stems() -> None:
    """Drop everything kept."""
    _stems.cache_clear()


class _ById:
    """A passage that is looked up by its id and recognised by its text, which spares the digest of the
    text.
    """

    __slots__ = ("passage",)

    def __init__(self, passage: Passage) -> None:
        self.passage = passage

    def __hash__(self) -> int:
        return hash(self.passage.passage_id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _ById):
            return False
        return (self.passage.passage_id, self.passage.text) == (other.passage.passage_id, other.passage.text)


@lru_cache(maxsize=_KEPT)
def _stems(known: _ById) -> Stems:
    passage, channel = known.passage, channel_of(known.passage.language)
    sentences = tuple(
        tuple(terms(passage.text[slice(*span)], channel)) for span in sentence_spans(passage.text)
    )
    return Stems(sentences, frozenset(terms("\n".join(passage.headings()), channel)).union(*sentences))
