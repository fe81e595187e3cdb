"""Remembers the vectors of the last few texts, in memory only.

One question embeds the same sentences several times (choice of evidence, verification, extracts). Patient
text must not outlive its use, so the memo is small, never written, and cleared when something is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.core.types import Vector

_TEXTS = 2048


class EmbeddingMemo:
    """Wraps an embedder; safe to share between threads."""

    def __init__(self, embedder: BaseEmbedding, texts: int = _TEXTS) -> None:
        self._embedder = embedder
        self._texts = texts
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._lock = Lock()

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        """Embed texts as passages, in order."""
        found = {text: vector for text in texts if (vector := self._recall(text)) is not None}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            fresh = self._embedder.get_text_embedding_batch(missing)
            found.update({text: tuple(vector) for text, vector in zip(missing, fresh, strict=True)})
            self._remember(missing, found)
        return [found[text] for text in texts]

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine of a question with each text, in order."""
        target = self._query(question)
        return [sum(a * b for a, b in zip(target, vector, strict=True)) for vector in self.passages(texts)]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()

    def _query(self, question: str) -> Vector:
        key = f"\0query\0{question}"
        vector = self._recall(key)
        if vector is None:
            vector = tuple(self._embedder.get_query_embedding(question))
            self._remember([key], {key: vector})
        return vector

    def _recall(self, key: str) -> Vector | None:
        with self._lock:
            vector = self._known.get(key)
            if vector is not None:
                self._known.move_to_end(key)
            return vector

    def _remember(self, keys: Sequence[str], vectors: dict[str, Vector]) -> None:
        with self._lock:
            for key in keys:
                self._known[key] = vectors[key]
            while len(self._known) > self._texts:
                self._known.popitem(last=False)
