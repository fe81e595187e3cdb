"""Ids of passages: 32 hexadecimal digits, of which the first half tells the document, so that passages of one
document are known unread.
"""

from __future__ import annotations

import hashlib

_HALF = 16


def passage_id(doc_id: str, revision: str, ordinal: int) -> str:
    """Return the id of a passage, the same for the same version of the same document."""
    return _half(doc_id) + _half(f"{doc_id}\x00{revision}\x00{ordinal}")


def document_part(passage_id: str) -> str:
    """Return the part that passages of one document, and in practice no others, have in common (64 bits)."""
    return passage_id[:_HALF]


def _half(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HALF]
