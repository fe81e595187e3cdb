"""A collection of any size that looks like a hospital's to an index: clustered vectors, patients, dates,
words as frequent as in prose.

Everything follows from the seed and the number of a block, so the collection is never held in memory and can
be made again block by block. Texts are invented words: the sizes and frequencies are real, the meaning is
not, so nothing here says anything of quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from rag.clinical.stems import terms
from rag.core.types import Filters, Passage
from rag.index.lexical import channel_of, lexical_text

Floats = NDArray[np.float32]

DIMENSIONS = 384
BLOCK = 256
_CLUSTER = 100
"""Passages that speak of about the same thing."""
_PER_PATIENT = 100
_PER_DOCUMENT = 5
_LITERATURE = 0.3
_WORDS = 20_000
_COMMON_WORDS = 30
"""Ranks left out of Zipf's law: words as frequent as these are stop words, which an index does not hold."""
_SHORTEST, _LONGEST = 60, 160
"""Words of a passage."""
_LENGTHS = np.random.default_rng(9).integers(_SHORTEST, _LONGEST + 1, 997)
_KINDS = ("operative_report", "discharge_summary", "letter", "note", "imaging_report", "laboratory")
_SYLLABLES = [first + vowel for first in "bcdfglmnprstv" for vowel in ("a", "e", "i", "o", "u", "an", "ie")]
_COMMON, _TOPIC, _OWN = 0.88, 0.36, 0.30
"""Shares of a vector: what all texts have in common (embedders of this family give unrelated texts a cosine
near 0.8), what its cluster has, and what is its own.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive passages with their vectors (count, dimensions), of length 1."""

    passages: list[Passage]
    vectors: Floats


@dataclass(frozen=True, slots=True)
class Probe:
    """A query: its vector, a few words of the passage it is near to, and the patient of a chart of usual
    size.
    """

    vector: Floats
    text: str
    patient_id: str

    @property
    def of_patient(self) -> Filters:
        """The filter of a question about the patient."""
        return Filters.for_patient(self.patient_id, literature=False)


def quick_terms(passage: Passage) -> list[str]:
    """Return the search terms of a synthetic passage, as the index makes them, but each word's only once:
    words stand alone here.
    """
    channel = channel_of(passage.language)
    return [
        term
        for word in lexical_text(passage).replace(".", " ").lower().split()
        for term in _terms(word, channel)
    ]


@cache
def _terms(word: str, channel: str) -> tuple[str, ...]:
    return tuple(terms(word, channel))


@dataclass(frozen=True)
class Synthetic:
    """A collection of ``count`` passages."""

    count: int
    seed: int = 7

    def blocks(self) -> Iterator[Block]:
        """Yield the whole collection in order."""
        for number in range(0, -(-self.count // BLOCK)):
            yield self.block(number)

    def block(self, number: int) -> Block:
        """Return one block, always the same."""
        random = np.random.default_rng((self.seed, 1, number))
        places = np.arange(number * BLOCK, min(self.count, (number + 1) * BLOCK))
        vectors = self._vectors(random, places)
        words = np.searchsorted(self._frequencies, random.random((len(places), _LONGEST)))
        return Block(
            [self._passage(int(place), row) for place, row in zip(places, words, strict=True)], vectors
        )

    def probes(self, count: int) -> list[Probe]:
        """Return queries, each near to some passage: as near as a good question is to its answer."""
        random = np.random.default_rng((self.seed, 2))
        probes = []
        for place in random.integers(0, self.count, count):
            block = self.block(int(place) // BLOCK)
            own = self._noise(random, 1)[0]
            passage, vector = (
                block.passages[int(place) % BLOCK],
                block.vectors[int(place) % BLOCK] + 0.25 * own,
            )
            text = " ".join(random.choice(passage.text.split(), 6, replace=False))
            patient = f"P{int(random.integers(0, self._patients)):06d}"
            probes.append(Probe(vector / np.linalg.norm(vector), text, patient))
        return probes

    def _vectors(self, random: np.random.Generator, places: NDArray[np.int64]) -> Floats:
        topics = self._topics[random.integers(0, len(self._topics), len(places))]
        vectors = _COMMON * self._common + _TOPIC * topics + _OWN * self._noise(random, len(places))
        unit: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def _noise(self, random: np.random.Generator, count: int) -> Floats:
        """Return unit vectors whose coordinates matter less and less, turned so that no axis shows it."""
        raw = random.standard_normal((count, DIMENSIONS), np.float32) * self._spectrum
        unit: Floats = (raw / np.linalg.norm(raw, axis=1, keepdims=True)) @ self._turn
        return unit

    def _passage(self, place: int, words: NDArray[np.int64]) -> Passage:
        random = np.random.default_rng((self.seed, 3, place // _PER_DOCUMENT))
        is_literature = bool(random.random() < _LITERATURE)
        patient = None if is_literature else f"P{int(random.integers(0, self._patients)):06d}"
        text = self._text(words[: int(_LENGTHS[place % len(_LENGTHS)])])
        return Passage(
            passage_id=f"{place // _PER_DOCUMENT:016x}{place:016x}",
            doc_id=f"D{place // _PER_DOCUMENT:08d}",
            revision="0" * 24,
            ordinal=place % _PER_DOCUMENT,
            start=0,
            end=len(text),
            text=text,
            title=self._vocabulary[int(random.integers(0, _WORDS))].capitalize(),
            kind="article" if is_literature else _KINDS[int(random.integers(0, len(_KINDS)))],
            language="en" if random.random() < (0.8 if is_literature else 0.05) else "fr",
            section=(self._vocabulary[int(random.integers(0, 50))].upper(),),
            page=1 + place % _PER_DOCUMENT,
            patient_id=patient,
            authored_at=(
                f"{int(random.integers(2016, 2026))}-{int(random.integers(1, 13)):02d}"
                f"-{int(random.integers(1, 29)):02d}"
            ),
        )

    def _text(self, words: NDArray[np.int64]) -> str:
        spelt = [self._vocabulary[word] for word in words]
        return (
            ". ".join(" ".join(spelt[start : start + 13]).capitalize() for start in range(0, len(spelt), 13))
            + "."
        )

    @property
    def _patients(self) -> int:
        return max(1, round(self.count * (1 - _LITERATURE) / _PER_PATIENT))

    @cached_property
    def _common(self) -> Floats:
        common: Floats = self._noise(np.random.default_rng((self.seed, 4)), 1)[0]
        return common

    @cached_property
    def _topics(self) -> Floats:
        return self._noise(np.random.default_rng((self.seed, 5)), max(1, self.count // _CLUSTER))

    @cached_property
    def _turn(self) -> Floats:
        random = np.random.default_rng((self.seed, 6))
        turn: Floats = np.linalg.qr(random.standard_normal((DIMENSIONS, DIMENSIONS)))[0].astype(np.float32)
        return turn

    @cached_property
    def _spectrum(self) -> Floats:
        spectrum: Floats = (np.arange(1, DIMENSIONS + 1, dtype=np.float32)) ** -0.5
        return spectrum

    @cached_property
    def _frequencies(self) -> NDArray[np.float64]:
        """Cumulated, after Zipf."""
        shares = 1 / np.arange(1 + _COMMON_WORDS, _WORDS + 1 + _COMMON_WORDS)
        cumulated: NDArray[np.float64] = np.cumsum(shares) / shares.sum()
        return cumulated

    @cached_property
    def _vocabulary(self) -> list[str]:
        random = np.random.default_rng((self.seed, 8))
        spelt = ("".join(random.choice(_SYLLABLES, size)) for size in random.integers(2, 5, 3 * _WORDS))
        return list(dict.fromkeys(spelt))[:_WORDS]
