"""The documents of a file of many records: after an error the next record is read, as a generator that raises
could not.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.core.errors import ParseError
from rag.core.types import Document


class RecordItems:
    """An iterator that survives what it raises."""

    def __init__(self, items: Iterator[Document | ParseError]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        item = next(self._items)
        if isinstance(item, ParseError):
            raise item
        return item
