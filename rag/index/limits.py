"""What the settings of an index mean to Qdrant, in process or on a server alike."""

from __future__ import annotations

from rag.settings import IndexSettings

_BYTES_A_NUMBER = 4


def exact_kb(settings: IndexSettings, dimensions: int) -> int:
    """Return the size of vectors, in KB, up to which no graph is built; 0 would mean "never" to Qdrant, so it
    is 1 at least.
    """
    return max(1, settings.exact_up_to * dimensions * _BYTES_A_NUMBER // 1024)
