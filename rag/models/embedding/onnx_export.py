"""Any embedder that its authors publish as ONNX, on the processor and without torch:
``folder/<name>/model.onnx`` and ``tokenizer.json``.

The graph takes ``input_ids`` and ``attention_mask`` (and ``token_type_ids`` where it has them) and gives the
state of every token, whose mean over the unpadded ones is the vector, or one vector a text. These are the
files that the model hub has beside the weights, such as those of multilingual-e5-small in full precision;
they are put there by hand, since no digest of theirs is known here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.core.errors import ConfigurationError, TrabouleError, Unavailable
from rag.models.cores import usable_cores
from rag.models.embedding.e5.bin import Floats
from rag.models.embedding.e5.engine import session_of
from rag.models.embedding.guarded import GuardedEmbedding
from rag.models.embedding.token_batches import batches, padded, texts_a_call
from rag.models.embedding.windows import MOST_QUERY_WINDOWS, joined, windows_of
from rag.models.files.stored import known_digest
from rag.settings import EmbedderSettings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL, TOKENIZER, CONFIG = "model.onnx", "tokenizer.json", "config.json"
_WINDOW = 512
"""Tokens of a window where ``config.json`` does not say less."""


def is_export(folder: Path, name: str) -> bool:
    """Tell whether the models folder has an embedder of that name as ONNX."""
    return (folder / name / MODEL).is_file()


class ExportedEmbedding(GuardedEmbedding):
    """The embedder in ``folder/<settings.name>``, opened at the first call. Safe to share between threads.

    Raises:
        ConfigurationError: ``embedder.passages`` is ``int8``, which is for the bundled weights.
        Unavailable: a file is missing or cannot be read (at the first call).
    """

    _file: Path = PrivateAttr()

    def __init__(self, folder: Path, settings: EmbedderSettings) -> None:
        if settings.passages != "float32":
            raise ConfigurationError("embedder_int8_bundled_only", name=settings.name)
        super().__init__(
            settings,
            lambda: _Exported(folder / settings.name, settings),
            _translated(settings.name),
            adds_prefixes=False,
        )
        self.embed_batch_size = texts_a_call(settings.batch_size)
        self._file = folder / settings.name / MODEL

    @property
    def identity(self) -> str:
        """Name of model, digest of its file and prefixes: vectors of different identities must not be
        mixed.
        """
        return f"{super().identity}:{known_digest(self._file)[:12]}"


class _Exported(BaseEmbedding):
    _settings: EmbedderSettings = PrivateAttr()
    _tokenizer: Tokenizer = PrivateAttr()
    _special: list[str] = PrivateAttr()
    _engine: _Engine = PrivateAttr()
    _longest: int = PrivateAttr()

    def __init__(self, folder: Path, settings: EmbedderSettings) -> None:
        from tokenizers import Tokenizer

        super().__init__(model_name=settings.name, embed_batch_size=texts_a_call(settings.batch_size))
        self._settings = settings
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._special = [
            token.content for token in self._tokenizer.get_added_tokens_decoder().values() if token.special
        ]
        self._longest = _window(folder / CONFIG)
        self._engine = _Engine(folder / MODEL, settings.threads or usable_cores(), _padding(self._tokenizer))

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors([query], self._settings.query_prefix, MOST_QUERY_WINDOWS)[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._vectors(texts, self._settings.passage_prefix)

    def _vectors(self, texts: Sequence[str], prefix: str, most: int | None = None) -> list[list[float]]:
        opening = self._ids(prefix.strip())[1:-1]
        windows = [
            list(windows_of(self._ids(prefix + text), opening, self._longest))[:most] for text in texts
        ]
        vectors = self._engine.vectors(
            [window for parts in windows for window in parts], self._settings.batch_size
        )
        return joined(vectors, windows)

    def _ids(self, text: str) -> list[int]:
        for (
            token
        ) in self._special:  # text is data: one that spells <s> is broken up, and never yields the token
            text = text.replace(token, f"{token[:1]} {token[1:]}")
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids


class _Engine:
    """Token ids in, unit vectors out, in the order given."""

    def __init__(self, path: Path, threads: int, padding: int) -> None:
        self._session = session_of(str(path), threads)
        self._inputs = {item.name for item in self._session.get_inputs()}
        self._padding = padding

    def vectors(self, sequences: Sequence[Sequence[int]], batch_size: int) -> Floats:
        """Return one unit vector a sequence (count, hidden)."""
        rows: dict[int, Floats] = {}
        for batch in batches([len(ids) for ids in sequences], batch_size):
            rows.update(zip(batch, self._run([sequences[at] for at in batch]), strict=True))
        return np.stack([rows[at] for at in range(len(sequences))])

    def _run(self, sequences: Sequence[Sequence[int]]) -> Floats:
        ids, mask = padded(sequences, self._padding)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(
            None, {name: values for name, values in given.items() if name in self._inputs}
        )[0]
        total = states if states.ndim == 2 else (states * mask[:, :, None]).sum(axis=1)
        unit: Floats = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
        return unit


def _padding(tokenizer: Tokenizer) -> int:
    return next((at for token in ("<pad>", "[PAD]") if (at := tokenizer.token_to_id(token)) is not None), 0)


def _window(config: Path) -> int:
    """Return the tokens of the model's window; position tables of the RoBERTa family hold two more than
    that.
    """
    if not config.is_file():
        return _WINDOW
    told = json.loads(config.read_text(encoding="utf-8"))
    spare = 2 if "roberta" in str(told.get("model_type", "")) else 0
    return min(_WINDOW, int(told.get("max_position_embeddings", _WINDOW + spare)) - spare)


def _translated(name: str) -> Callable[[Exception], TrabouleError | None]:
    # The engine's errors and the tokenizer's derive from Exception alone.
    return lambda error: Unavailable("embedder_not_loaded", name=name, reason=type(error).__name__)
