"""BM25 term weights of passages and queries, as sparse vectors for one channel a language.

A passage has a vector in the channel of its language only, and the index weighs each channel's terms by their
own document frequency, so inverse document frequency is per language by construction. A query is encoded once
for each channel.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rag.clinical.languages import language_for, served
from rag.clinical.stems import terms
from rag.core.types import Passage, SparseVector

CHANNELS: tuple[str, ...] = served()
"""Names of the sparse channels, one a served language; the first part of a language tag."""

LEXICAL_VERSION = 1
"""Raised when the terms or weights of a text change: an index built with another version must be built again.
"""

K1 = 1.2
B = 0.75
AVERAGE_TERMS = 65.0
"""Length of an average passage in terms, title and section included: 62 to 73 on notes, case reports and
articles of both languages, cut by ingest as it is set by default. Fixed, so that a passage's weights never
depend on the others.
"""


def channel_of(language: str) -> str:
    """Return the sparse channel for a language tag (``fr-FR`` → ``fr``); a language that is not served is
    read as English.
    """
    return language_for(language)


def lexical_text(passage: Passage) -> str:
    """Return what a passage is found by: its title, its section and its text, a heading that repeats the
    title left out.
    """
    return "\n".join((*passage.headings(), passage.text))


def encode_passage(passage: Passage) -> SparseVector:
    """Return the BM25 weights of a passage for the channel of its language, without the inverse document
    frequency.
    """
    return weigh(terms(lexical_text(passage), channel_of(passage.language)))


def weigh(found: Sequence[str]) -> SparseVector:
    """Return the BM25 weights of all the terms of one passage, repeated ones included, without the inverse
    document frequency.
    """
    counts = Counter(term_id(term) for term in found)
    damping = K1 * (1 - B + B * len(found) / AVERAGE_TERMS)
    weights = {term: count * (K1 + 1) / (count + damping) for term, count in counts.items()}
    return _sparse(weights)


def encode_query(text: str) -> Mapping[str, SparseVector]:
    """Return a query's terms in every channel where it has any, each with weight 1."""
    encoded = {
        channel: _sparse({term_id(term): 1.0 for term in terms(text, channel)}) for channel in CHANNELS
    }
    return {channel: vector for channel, vector in encoded.items() if vector.indices}


@lru_cache(maxsize=200_000)
def term_id(term: str) -> int:
    """Return the 32-bit number of a term (CRC-32, the same everywhere). Two of 100,000 terms share one about
    once.
    """
    return zlib.crc32(term.encode())


def _sparse(weights: Mapping[int, float]) -> SparseVector:
    ordered = sorted(weights.items())
    return SparseVector(tuple(term for term, _ in ordered), tuple(weight for _, weight in ordered))
