"""The stems of passages, kept for the next questions: cutting some 150 candidates into words is most of what the second stage costs.

What is kept here was read from documents: ``forget_stems`` is part of erasing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.index.lexical import channel_of
from rag.index.terms import terms
from rag.text import sentence_spans
from rag.types import Passage

_KEPT = 8192
"""Passages whose stems are kept: about 40 MB."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of each sentence in reading order, and ``all`` of them with those of title and section."""

    sentences: tuple[tuple[str, ...], ...]
    all: frozenset[str]


def stems_of(passage: Passage) -> Stems:
    """Return the stems of a passage in its own language's channel."""
    return _stems(passage.passage_id, passage.headings(), passage.text, channel_of(passage.language))


def forget_stems() -> None:
    """Drop everything kept."""
    _stems.cache_clear()


@lru_cache(maxsize=_KEPT)
def _stems(passage_id: str, headings: tuple[str, ...], text: str, channel: str) -> Stems:
    sentences = tuple(tuple(terms(text[slice(*span)], channel)) for span in sentence_spans(text))
    return Stems(sentences, frozenset(terms("\n".join(headings), channel)).union(*sentences))
