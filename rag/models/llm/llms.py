"""The language model by settings: in this process, on an OpenAI-compatible server, or Hugging Face on a
GPU.
"""

from __future__ import annotations

from pathlib import Path

from llama_index.core.llms.llm import LLM

from rag.settings import LlmSettings


def make_llm(settings: LlmSettings, folder: Path) -> LLM:
    """Return the language model of the settings, with its weights in ``folder``. It loads or connects at its
    first call.

    Raises:
        Unavailable: the file of the embedded model is not there.
        ConfigurationError: the settings lack what this kind needs, or its extra is not installed.
        ValueError: the settings ask for no model.
    """
    if settings.kind == "llamacpp":
        from rag.models.llm.llamacpp import llamacpp_llm

        return llamacpp_llm(settings, folder)
    if settings.kind == "openai":
        from rag.models.llm.openai_like import server_llm

        return server_llm(settings)
    if settings.kind == "transformers":
        from rag.models.llm.huggingface import hf_llm

        return hf_llm(settings, folder)
    raise ValueError(f"no language model of kind {settings.kind}")
