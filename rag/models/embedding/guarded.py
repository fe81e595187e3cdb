"""Any LlamaIndex embedding behind this project's rules: prefixes and dimensions of the settings, unit length,
errors with their mend.

The embedding itself is opened at the first call, so that a start needs neither its library nor its server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.core.errors import ConfigurationError, TrabouleError
from rag.models.embedding.encodable import encodable
from rag.models.embedding.identity import prefix_digest
from rag.settings import EmbedderSettings

Open = Callable[[], BaseEmbedding]
Translate = Callable[[Exception], TrabouleError | None]
"""Turns a foreign exception into ours; None leaves it as it is."""


class GuardedEmbedding(BaseEmbedding):
    """Embeds through ``open_inner()``. ``adds_prefixes`` is false where the inner embedding puts them itself.

    Raises:
        ConfigurationError: the vectors have not the length of the settings.
        TrabouleError: whatever ``translate`` makes of a failure.
    """

    _settings: EmbedderSettings = PrivateAttr()
    _open_inner: Open = PrivateAttr()
    _translate: Translate = PrivateAttr()
    _prefixes: tuple[str, str] = PrivateAttr()
    _inner: BaseEmbedding | None = PrivateAttr(default=None)
    _lock: Lock = PrivateAttr(default_factory=Lock)

    def __init__(
        self,
        settings: EmbedderSettings,
        open_inner: Open,
        translate: Translate,
        *,
        adds_prefixes: bool = True,
    ) -> None:
        super().__init__(model_name=settings.name, embed_batch_size=settings.batch_size)
        self._settings = settings
        self._open_inner = open_inner
        self._translate = translate
        self._prefixes = (settings.query_prefix, settings.passage_prefix) if adds_prefixes else ("", "")

    @classmethod
    def class_name(cls) -> str:
        """Return the name LlamaIndex knows the class by."""
        return "GuardedEmbedding"

    @property
    def identity(self) -> str:
        """Name of kind, model, dimensions and prefixes: vectors of different identities must not be mixed."""
        settings = self._settings
        return f"{settings.kind}:{settings.name}:{settings.dimensions}:{prefix_digest(settings)}"

    def _get_query_embedding(self, query: str) -> list[float]:
        text = _sendable(self._prefixes[0] + query)
        return self._checked(lambda inner: [inner.get_query_embedding(text)], 1)[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        prefixed = [_sendable(self._prefixes[1] + text) for text in texts]
        return self._checked(lambda inner: inner.get_text_embedding_batch(prefixed), len(texts))

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    def _checked(
        self, embed: Callable[[BaseEmbedding], Sequence[Sequence[float]]], count: int
    ) -> list[list[float]]:
        try:
            vectors = np.array(embed(self._opened()), dtype=np.float64)
            if len(vectors) != count or not np.isfinite(vectors).all():
                raise ValueError(f"{len(vectors)} vectors for {count} texts, or numbers that are not finite")
        except TrabouleError:
            raise
        except Exception as error:
            ours = self._translate(error)
            if ours is None:
                raise
            raise ours from None
        if vectors.shape[1] != self._settings.dimensions:
            wanted = self._settings.dimensions
            raise ConfigurationError(
                "embedder_dimensions", name=self.model_name, found=vectors.shape[1], wanted=wanted
            )
        unit: list[list[float]] = (
            vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        ).tolist()
        return unit

    def _opened(self) -> BaseEmbedding:
        with self._lock:
            if self._inner is None:
                self._inner = self._open_inner()
            return self._inner


def _sendable(text: str) -> str:
    """Return a text that every server takes: several refuse an empty one."""
    return encodable(text) if text.strip() else "."
