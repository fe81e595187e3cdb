"""multilingual-e5-small as a LlamaIndex embedding: the default embedder, on the processor, without torch.

Queries and passages carry the prefixes the model was trained with. Nothing of a text is left out: one that is
longer than the model's window is read window by window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.core.errors import Unavailable
from rag.models.cores import usable_cores
from rag.models.embedding.e5.bin import E5Weights, WeightsError
from rag.models.embedding.e5.onnx import FORMAT
from rag.models.embedding.e5.products import Precision
from rag.models.embedding.identity import prefix_digest
from rag.models.embedding.token_batches import texts_a_call
from rag.models.embedding.windows import MOST_QUERY_WINDOWS, joined, windows_of
from rag.models.files.manifest import load_manifest
from rag.models.files.stored import file_digest, model_file
from rag.settings import EmbedderSettings

if TYPE_CHECKING:
    from rag.models.embedding.e5.engine import E5Engine
    from rag.models.embedding.e5.tokenizer import E5Tokenizer

WEIGHTS_FILE = "e5-small-q4.bin"


class E5Embedding(BaseEmbedding):
    """Embeds with the weights in ``folder/<settings.name>``, which are read at the first call. Safe to share
    between threads.

    Queries are computed in float32, passages as the settings say.

    Raises:
        Unavailable: the weights are not there, or damaged (at the first call).
    """

    _settings: EmbedderSettings = PrivateAttr()
    _model: _Model = PrivateAttr()
    _passages: Precision = PrivateAttr()

    def __init__(self, folder: Path, settings: EmbedderSettings) -> None:
        super().__init__(model_name=settings.name, embed_batch_size=texts_a_call(settings.batch_size))
        self._settings = settings
        self._model = _Model(folder, settings)
        self._passages = settings.passages

    @classmethod
    def class_name(cls) -> str:
        """Return the name LlamaIndex knows the class by."""
        return "E5Embedding"

    @property
    def identity(self) -> str:
        """Name of model, weights, format and prefixes: vectors of different identities must not be mixed."""
        made = f"v{FORMAT}" if self._passages == "float32" else f"v{FORMAT}-{self._passages}"
        return f"{self.model_name}:{self._model.weights_digest()[:12]}:{made}:{prefix_digest(self._settings)}"

    def exact(self) -> E5Embedding:
        """Return the embedder that computes passages in float32 too, with the same weights in memory."""
        other = E5Embedding(self._model.folder, self._settings.model_copy(update={"passages": "float32"}))
        other._model = self._model
        return other

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text by itself; the model reads about 500 at once."""
        return self._model.tokenizer().count(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors([query], self._settings.query_prefix, "float32", MOST_QUERY_WINDOWS)[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._vectors(texts, self._settings.passage_prefix, self._passages)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    def _vectors(
        self, texts: Sequence[str], prefix: str, precision: Precision, most: int | None = None
    ) -> list[list[float]]:
        engine, tokenizer, longest = (
            self._model.engine(precision),
            self._model.tokenizer(),
            self._model.longest(),
        )
        opening = tokenizer.ids(prefix.strip())[1:-1]
        windows = [list(windows_of(tokenizer.ids(prefix + text), opening, longest))[:most] for text in texts]
        vectors = engine.vectors([window for parts in windows for window in parts], self._settings.batch_size)
        if len(vectors) > len(texts):
            return joined(vectors, windows)
        whole: list[list[float]] = vectors.tolist()
        return whole


class _Model:
    """Weights, tokenizer and engines, each made when it is first needed: ingest and search each use one
    engine.
    """

    def __init__(self, folder: Path, settings: EmbedderSettings) -> None:
        self.folder = folder
        self._name, self._threads = settings.name, settings.threads or usable_cores()
        self._lock = RLock()
        self._weights: E5Weights | None = None
        self._tokenizer: E5Tokenizer | None = None
        self._engines: dict[Precision, E5Engine] = {}

    def tokenizer(self) -> E5Tokenizer:
        from rag.models.embedding.e5.tokenizer import E5Tokenizer

        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = E5Tokenizer(self._read().vocabulary)
            return self._tokenizer

    def engine(self, precision: Precision) -> E5Engine:
        from rag.models.embedding.e5.engine import E5Engine

        with self._lock:
            if precision not in self._engines:
                try:
                    self._engines[precision] = E5Engine(self._path(), self._read(), self._threads, precision)
                except (WeightsError, OSError):
                    raise self._damaged() from None
            return self._engines[precision]

    def longest(self) -> int:
        """Return the tokens of the model's window."""
        return self._read().shape.positions

    def weights_digest(self) -> str:
        for spec in load_manifest():
            for file in spec.files:
                if (spec.name, file.name) == (self._name, WEIGHTS_FILE):
                    return file.sha256
        return file_digest(self._path())

    def _read(self) -> E5Weights:
        with self._lock:
            if self._weights is None:
                try:
                    self._weights = E5Weights(self._path())
                except (WeightsError, OSError):
                    raise self._damaged() from None
            return self._weights

    def _path(self) -> Path:
        return model_file(self.folder, self._name, WEIGHTS_FILE)

    def _damaged(self) -> Unavailable:
        return Unavailable("model_damaged", name=self._name, path=self._path())
