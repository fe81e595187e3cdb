"""Ids of passages that say what they are: 32 hexadecimal digits, as an index wants them, made of a short name
and turned back.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.core.types import IndexHit


def pid(name: str) -> str:
    """Return the id for a name of at most 16 bytes; ids sort as names of one length do."""
    return name.encode().hex().rjust(32, "0")


def pids(*names: str) -> list[str]:
    return [pid(name) for name in names]


def name_of(passage_id: str) -> str:
    return bytes.fromhex(passage_id).lstrip(b"\0").decode()


def names_of(hits: Iterable[IndexHit]) -> list[str]:
    return [name_of(hit.passage_id) for hit in hits]
