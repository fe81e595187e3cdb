"""An embedding server that speaks OpenAI's protocol (vLLM, Text Embeddings Inference, Ollama, llama-server),
through LlamaIndex.
"""

from __future__ import annotations

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.core.errors import ConfigurationError, TrabouleError, Unavailable
from rag.models.embedding.guarded import GuardedEmbedding
from rag.settings import EmbedderSettings

_TIMEOUT_S = 60.0
_RETRIES = 1
"""One more attempt after half a second: a server that is down must be reported while the user still waits."""


def openai_embedding(settings: EmbedderSettings) -> GuardedEmbedding:
    """Return the embedder of ``settings.base_url``. Nothing is sent before the first text.

    Raises:
        ConfigurationError: no address is set.
    """
    url = settings.base_url
    if not url:
        raise ConfigurationError("embedder_without_url")

    def translate(error: Exception) -> TrabouleError | None:
        return _translated(error, url)

    return GuardedEmbedding(settings, lambda: _open(settings), translate)


def _open(settings: EmbedderSettings) -> BaseEmbedding:
    try:
        from llama_index.embeddings.openai_like import OpenAILikeEmbedding  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("extra_missing", extra="openai") from None

    embedding: BaseEmbedding = OpenAILikeEmbedding(
        model_name=settings.name,
        api_base=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
        embed_batch_size=settings.batch_size,
        timeout=_TIMEOUT_S,
        max_retries=_RETRIES,
    )
    return embedding


def _translated(error: Exception, url: str) -> TrabouleError | None:
    """Name the failure by its kind alone: a server may repeat the text it was sent in its error."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return Unavailable("embedder_refused", url=url, reason=f"HTTP {error.status_code}")
    if isinstance(error, openai.APIConnectionError):
        return Unavailable("embedder_unreachable", url=url)
    if isinstance(error, openai.OpenAIError | ValueError | TypeError | AttributeError):
        return Unavailable("embedder_refused", url=url, reason=type(error).__name__)
    return None
