"""The dense embedder by settings, and passages through it: cached, in batches, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.core.types import Vector
from rag.models.embedding.cache import EmbeddingCache
from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.huggingface import huggingface_embedding
from rag.models.embedding.onnx_export import ExportedEmbedding, is_export
from rag.models.embedding.openai import openai_embedding
from rag.settings import EmbedderSettings

Progress = Callable[[int, int], None]
"""Is told how many of how many texts have their vector."""


def make_embedder(folder: Path, settings: EmbedderSettings) -> BaseEmbedding:
    """Return the embedder of the settings, with its weights in ``folder``. It loads or connects at its first
    text.

    Raises:
        ConfigurationError: the settings lack what this kind needs.
    """
    if settings.kind == "openai":
        return openai_embedding(settings)
    if settings.kind == "huggingface":
        return huggingface_embedding(folder, settings)
    return (
        ExportedEmbedding(folder, settings)
        if is_export(folder, settings.name)
        else E5Embedding(folder, settings)
    )


def embedder_id(embedder: BaseEmbedding) -> str:
    """Return what an index stores beside its vectors: equal only where vectors may be compared."""
    return str(getattr(embedder, "identity", embedder.model_name))


def embed_passages(
    embedder: BaseEmbedding,
    texts: Sequence[str],
    cache: EmbeddingCache | None = None,
    progress: Progress | None = None,
    owners: Sequence[str] | None = None,
) -> list[Vector]:
    """Embed texts as passages; returns one vector a text, in order.

    What the cache knows, and what occurs twice, is not computed again. Each batch is cached as soon as it is
    done, so that an interrupted run goes on where it stopped. ``owners``, parallel to ``texts``, are document
    ids by which the cache can later be erased.
    """
    name = embedder_id(embedder)
    belongs = dict(zip(texts, owners, strict=True)) if owners is not None else {}
    found: dict[str, Vector] = cache.lookup(name, texts) if cache else {}
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    for start in range(0, len(missing), embedder.embed_batch_size):
        batch = missing[start : start + embedder.embed_batch_size]
        fresh = {
            text: tuple(vector)
            for text, vector in zip(batch, embedder.get_text_embedding_batch(batch), strict=True)
        }
        if cache:
            cache.store(name, fresh, belongs)
        found.update(fresh)
        if progress:
            progress(len(texts) - len(missing) + start + len(batch), len(texts))
    return [found[text] for text in texts]
