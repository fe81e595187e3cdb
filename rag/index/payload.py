"""Passages as the payload of a Qdrant point: the whole passage, and what its filters need beside it.

A passage read back equals the one written. The point's id follows from the passage's, so writing a passage again replaces it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from rag.clinicaltime import bounds
from rag.errors import StorageError
from rag.index.lexical import LEXICAL_VERSION
from rag.types import Passage

LAYOUT = f"1.{LEXICAL_VERSION}"
"""Version of what is stored and how; another one asks for a new index."""

SCOPE = "scope"
LITERATURE, OF_A_PATIENT = "literature", "patient"
"""Values of the field ``scope``, so that "no patient" is something an index can look up."""

AUTHORED_FIRST = "authored_first"
AUTHORED_LAST = "authored_last"

KEYWORD_FIELDS = (SCOPE, "patient_id", "kind", "language", "doc_id")
NUMBER_FIELDS = (AUTHORED_FIRST, AUTHORED_LAST)

_NAMESPACE = uuid.UUID("6f0c2a52-6f5e-5d0e-9c57-0d6f3c6a1d34").bytes
_PASSAGE = TypeAdapter(Passage)


def point_id(passage_id: str) -> str:
    """Return the UUID of a passage's point: version 5 of RFC 9562, made by hand because a search needs hundreds of them."""
    digest = hashlib.sha1(_NAMESPACE + passage_id.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def to_payload(passage: Passage) -> dict[str, object]:
    """Return a passage as JSON values, with the seconds that its date spans.

    Raises:
        ValueError: ``authored_at`` is not a clinical time.
    """
    payload: dict[str, object] = _PASSAGE.dump_python(passage, mode="json")
    payload[SCOPE] = LITERATURE if passage.patient_id is None else OF_A_PATIENT
    if passage.authored_at is not None:
        payload[AUTHORED_FIRST], payload[AUTHORED_LAST] = bounds(passage.authored_at)
    return payload


def from_payload(payload: Mapping[str, object] | None) -> Passage:
    """Return the passage of a payload.

    Raises:
        StorageError: the payload is not that of a passage.
    """
    try:
        return _PASSAGE.validate_python(payload)
    except ValidationError:
        raise StorageError("index_payload_damaged") from None
