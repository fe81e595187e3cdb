"""Vectors without a model: hashed words. What a home searches by where the weights of the embedder cannot be
had, and what tests use.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

Words = Callable[[str], Iterable[str]]
_ROLE_WEIGHT = 0.2


class HashedWords(BaseEmbedding):
    """Texts that share words are near, in microseconds. ``words`` gives the words of a text, each of which
    counts once.

    Of unit length. A query differs slightly from a passage of the same words, as with a real model. Any text
    has a vector, even none.
    """

    dimensions: int = 384
    model_name: str = "hash"
    _words: Words = PrivateAttr()

    def __init__(self, words: Words, dimensions: int = 384) -> None:
        super().__init__(model_name="hash", dimensions=dimensions)
        self._words = words

    @classmethod
    def class_name(cls) -> str:
        """Return the name LlamaIndex knows the class by."""
        return "HashedWords"

    @property
    def identity(self) -> str:
        """Name of kind and dimensions."""
        return f"hash:{self.dimensions}"

    def count_tokens(self, text: str) -> int:
        """Return about as many tokens as a unigram tokenizer would find: four characters each, one a word at
        least.
        """
        return sum(math.ceil(len(word) / 4) for word in text.split())

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query, "query")

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(text, "passage")

    def _vector(self, text: str, role: str) -> list[float]:
        vector = [0.0] * self.dimensions
        words = sorted(set(self._words(text)))
        weight = 1 / (math.sqrt(len(words)) or 1.0)
        for word in words:
            self._add(vector, word, weight)
        self._add(vector, f"\0{role}", _ROLE_WEIGHT)
        norm = math.sqrt(sum(value * value for value in vector))
        return [value / norm for value in vector]

    def _add(self, vector: list[float], word: str, weight: float) -> None:
        digest = int.from_bytes(
            hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
        )
        vector[digest % self.dimensions] += weight if digest >> 63 else -weight
