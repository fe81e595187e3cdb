"""Passages as the payload of a Qdrant point: the whole passage, and what its filters need beside it.

A passage read back equals the one written. The point's id is the passage's, so writing a passage again
replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from rag.clinical.languages import OWN
from rag.core.errors import StorageError
from rag.core.times import bounds
from rag.core.types import Passage
from rag.index.lexical import CHANNELS, LEXICAL_VERSION

LAYOUT = "+".join((f"2.{LEXICAL_VERSION}", *(channel for channel in CHANNELS if channel not in OWN)))
"""Version of what is stored and how; another one asks for a new index."""

SCOPE = "scope"
LITERATURE, OF_A_PATIENT = "literature", "patient"
"""Values of the field ``scope``, so that "no patient" is something an index can look up."""

AUTHORED_FIRST = "authored_first"
AUTHORED_LAST = "authored_last"

KEYWORD_FIELDS = (SCOPE, "patient_id", "kind", "language", "doc_id")
NUMBER_FIELDS = (AUTHORED_FIRST, AUTHORED_LAST)

_ID = re.compile("[0-9a-f]{32}")
_PASSAGE = TypeAdapter(Passage)


def point_id(passage_id: str) -> str:
    """Return the id of a passage's point: the same 32 hexadecimal digits, written as a UUID, so that a search
    needs to read no payload.

    Raises:
        ValueError: the id is not of 32 hexadecimal digits in lower case.
    """
    if not _ID.fullmatch(passage_id):
        raise ValueError(f"not the id of a passage: {passage_id[:40]!r}")
    return f"{passage_id[:8]}-{passage_id[8:12]}-{passage_id[12:16]}-{passage_id[16:20]}-{passage_id[20:]}"


def passage_id_of(point: object) -> str:
    """Return the id of the passage whose point has this id."""
    return point.hex if isinstance(point, UUID) else str(point).replace("-", "")


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
