"""The ledger of a file: characters that it held, characters of the documents made of it, and what was set
aside, by reason.

A reason is no failure. It is counted whatever the number of warnings, so that the sum of a large import is
whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.ingest.parsing.aside import COUNTED, PREFIX


@dataclass(frozen=True, slots=True)
class Ledger:
    """``held`` is None where no parser of the file counts; ``aside`` counts places of the file by reason
    (``struck``, ``hidden``, …).
    """

    read: int = 0
    held: int | None = None
    aside: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: Ledger) -> Ledger:
        counted = [held for held in (self.held, other.held) if held is not None]
        aside = Counter(dict(self.aside))
        aside.update(dict(other.aside))
        return Ledger(self.read + other.read, sum(counted) if counted else None, tuple(sorted(aside.items())))

    @property
    def set_aside(self) -> int:
        """Return how many places were set aside, whatever the reason."""
        return sum(count for _, count in self.aside)

    def as_json(self) -> dict[str, object]:
        """Return it as the report of an ingest shows it."""
        return {
            "held": self.held,
            "read": self.read,
            "set_aside": self.set_aside,
            "reasons": dict(self.aside),
        }


NOTHING = Ledger()


def summed(ledgers: Iterable[Ledger]) -> Ledger:
    """Return the ledger of several files together."""
    return sum(ledgers, NOTHING)


@dataclass(slots=True)
class Book:
    """A ledger while its file is read."""

    read: int = 0
    held: int | None = None
    aside: Counter[str] = field(default_factory=Counter)

    def heard(self, notice: ParseError) -> bool:
        """Enter a warning of a parser; say whether it was only a count, which is for nobody to read."""
        if notice.key == COUNTED:
            self.held = (self.held or 0) + _number(notice)
            return True
        if notice.key.startswith(PREFIX):
            self.aside[notice.key.removeprefix(PREFIX)] += _number(notice)
        return False

    def closed(self) -> Ledger:
        """Return the ledger."""
        return Ledger(self.read, self.held, tuple(sorted(self.aside.items())))


def _number(notice: ParseError) -> int:
    count = notice.variables.get("count", 1)
    return count if isinstance(count, int) else 1
