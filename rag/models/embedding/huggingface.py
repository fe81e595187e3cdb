"""Embedders of the model hub on this machine's processor or GPU, through LlamaIndex and sentence-transformers
(extra ``transformers``).
"""

from __future__ import annotations

from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.core.errors import TrabouleError, Unavailable
from rag.models.embedding.guarded import GuardedEmbedding
from rag.models.files.manifest import load_manifest
from rag.settings import EmbedderSettings


def huggingface_embedding(folder: Path, settings: EmbedderSettings) -> GuardedEmbedding:
    """Return an embedder of the hub: a copy in ``folder/<name>`` when there is one, else what the hub's own
    cache or the hub gives.
    """
    return GuardedEmbedding(
        settings,
        lambda: _open(folder, settings),
        lambda error: _translated(error, settings.name),
        adds_prefixes=False,
    )


def _open(folder: Path, settings: EmbedderSettings) -> BaseEmbedding:
    try:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("extra_missing", extra="transformers") from None

    embedding: BaseEmbedding = HuggingFaceEmbedding(
        model_name=model_location(folder, settings.name),
        query_instruction=settings.query_prefix,
        text_instruction=settings.passage_prefix,
        embed_batch_size=settings.batch_size,
    )
    return embedding


def model_location(folder: Path, name: str) -> str:
    """Return what the standard loaders are given for a name: a local folder, the manifest's repository, or
    the name itself.
    """
    if (folder / name / "config.json").is_file():
        return str(folder / name)
    return next((spec.hub_repo for spec in load_manifest() if spec.name == name and spec.hub_repo), name)


def _translated(error: Exception, name: str) -> TrabouleError | None:
    if isinstance(error, OSError | ValueError | RuntimeError | ImportError):
        return Unavailable("embedder_not_loaded", name=name, reason=type(error).__name__)
    return None
