"""What a place that holds words of patients must be able to do, and the list of all of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is being erased: documents, and all ids of a patient where all of one is. ``texts`` are what an
    embedder read of the passages.
    """

    doc_ids: tuple[str, ...]
    patients: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Return every id."""
        return (*self.doc_ids, *self.patients)


class TextPlace(Protocol):
    """A place that holds words of patients, or their ids."""

    @property
    def name(self) -> str:
        """Return what ``places.toml`` calls it."""

    def erase(self, what: Erasing) -> int:
        """Erase what is there; return how many things went. Doing it again is harmless.

        Raises:
            StorageError: it could not be erased.
        """

    def left(self, what: Erasing) -> int:
        """Return how many things of this are still there."""


@dataclass(frozen=True, slots=True)
class Register:
    """All places of one home, in the order in which they are erased."""

    places: Sequence[TextPlace]

    def erase(self, what: Erasing) -> dict[str, int]:
        """Erase everywhere; return what went, by place."""
        return {place.name: place.erase(what) for place in self.places}

    def left(self, what: Erasing) -> dict[str, int]:
        """Return what is still there, by place; nothing where all is erased."""
        found = {place.name: place.left(what) for place in self.places}
        return {name: count for name, count in found.items() if count}


@cache
def listed() -> Mapping[str, Mapping[str, str]]:
    """Return the place of every table and of every kind of file: ``tables`` and ``files``."""
    table = tomllib.loads((files(__package__) / "places.toml").read_text(encoding="utf-8"))
    return {"tables": dict(table["tables"]), "files": dict(table["files"])}
