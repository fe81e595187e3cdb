"""Tells embedders apart by what their vectors depend on."""

from __future__ import annotations

import hashlib

from rag.settings import EmbedderSettings


def prefix_digest(settings: EmbedderSettings) -> str:
    """Return a short digest of the prefixes of queries and passages."""
    return hashlib.sha256(f"{settings.query_prefix}\0{settings.passage_prefix}".encode()).hexdigest()[:6]
