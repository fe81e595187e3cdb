"""multilingual-e5-small as a LlamaIndex embedding: the default embedder, on the processor, without torch.

Queries and passages carry the prefixes the model was trained with. Text beyond 512 tokens is cut; only the lengths are logged.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import Unavailable
from rag.models.e5_bin import E5Weights, WeightsError
from rag.models.e5_onnx import FORMAT
from rag.models.identity import prefix_digest
from rag.models.manifest import load_manifest
from rag.models.stored import file_digest, model_file
from rag.settings import EmbedderSettings

if TYPE_CHECKING:
    from rag.models.e5_engine import E5Engine
    from rag.models.e5_tokenizer import E5Tokenizer

WEIGHTS_FILE = "e5-small-q4.bin"
_BATCHES_A_CALL = 16
"""Batches whose texts are sorted by length together."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parts:
    tokenizer: E5Tokenizer
    engine: E5Engine
    longest: int


class E5Embedding(BaseEmbedding):
    """Embeds with the weights in ``folder/<settings.name>``, which are read at the first call. Safe to share between threads.

    Raises:
        Unavailable: the weights are not there, or damaged (at the first call).
    """

    _folder: Path = PrivateAttr()
    _settings: EmbedderSettings = PrivateAttr()
    _lock: Lock = PrivateAttr(default_factory=Lock)
    _parts: _Parts | None = PrivateAttr(default=None)

    def __init__(self, folder: Path, settings: EmbedderSettings) -> None:
        super().__init__(model_name=settings.name, embed_batch_size=min(2048, settings.batch_size * _BATCHES_A_CALL))
        self._folder = folder
        self._settings = settings

    @classmethod
    def class_name(cls) -> str:
        """Return the name LlamaIndex knows the class by."""
        return "E5Embedding"

    @property
    def identity(self) -> str:
        """Name of model, weights, format and prefixes: vectors of different identities must not be mixed."""
        return f"{self.model_name}:{self._weights_digest()[:12]}:v{FORMAT}:{prefix_digest(self._settings)}"

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text by itself; a passage may have about 500 before it is cut."""
        return self._loaded().tokenizer.count(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors([self._settings.query_prefix + query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._vectors([self._settings.passage_prefix + text for text in texts])

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        parts = self._loaded()
        sequences = [_fitted(parts.tokenizer.ids(text), parts.longest) for text in texts]
        vectors: list[list[float]] = parts.engine.vectors(sequences, self._settings.batch_size).tolist()
        return vectors

    def _loaded(self) -> _Parts:
        with self._lock:
            if self._parts is None:
                self._parts = self._load()
            return self._parts

    def _load(self) -> _Parts:
        from rag.models.e5_engine import E5Engine
        from rag.models.e5_tokenizer import E5Tokenizer

        path = model_file(self._folder, self.model_name, WEIGHTS_FILE)
        try:
            weights = E5Weights(path)
            engine = E5Engine(path, weights, self._settings.threads or available_cores())
            return _Parts(E5Tokenizer(weights.vocabulary), engine, weights.shape.positions)
        except (WeightsError, OSError):
            raise Unavailable("model_damaged", name=self.model_name, path=path) from None

    def _weights_digest(self) -> str:
        for spec in load_manifest():
            for file in spec.files:
                if (spec.name, file.name) == (self.model_name, WEIGHTS_FILE):
                    return file.sha256
        return file_digest(model_file(self._folder, self.model_name, WEIGHTS_FILE))


def _fitted(ids: list[int], longest: int) -> list[int]:
    if len(ids) <= longest:
        return ids
    _log.info("a text of %d tokens was cut to %d", len(ids), longest)
    return [*ids[: longest - 1], ids[-1]]


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
