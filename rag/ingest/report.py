"""What an ingest did: file by file, and in sum. Nothing that was left out is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.core.errors import ParseError
from rag.ingest.ledger import NOTHING, Ledger, summed

FileStatus = Literal["added", "updated", "unchanged", "held", "failed"]
MOST_PROBLEMS = 100
"""Problems kept in words for one file; ``Counts.failed`` counts them all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Documents by what became of them. ``failed`` counts whole files and single records that could not be
    read.

    ``held`` counts those that went to quarantine, to wait for the identity desk.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    held: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.failed + other.failed,
            self.held + other.held,
        )


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file. ``problems`` kept something from being indexed; ``warnings`` left out a part
    of what was.
    """

    file: str
    counts: Counts
    problems: tuple[ParseError, ...] = ()
    warnings: tuple[ParseError, ...] = ()
    ledger: Ledger = NOTHING

    @property
    def status(self) -> FileStatus:
        """Say it in one word; ``failed`` as soon as one record failed."""
        if self.counts.failed:
            return "failed"
        if self.counts.added:
            return "added"
        if self.counts.updated or self.counts.removed:
            return "updated"
        return "held" if self.counts.held else "unchanged"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Every file, in the order read, the passages written and the seconds it took."""

    files: tuple[FileResult, ...]
    passages: int
    seconds: float

    @property
    def counts(self) -> Counts:
        """Return the documents of all files by what became of them."""
        return sum((result.counts for result in self.files), Counts())

    @property
    def ledger(self) -> Ledger:
        """Return what all files held, what was read of them and what was set aside."""
        return summed(result.ledger for result in self.files)

    @property
    def has_failures(self) -> bool:
        """Tell whether anything failed: the exit code is then 3."""
        return any(result.counts.failed for result in self.files)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an ingest stands: the file just begun, files done of all, passages embedded, and the share of the
    work, in [0, 1].
    """

    file: str
    files_done: int
    files: int
    passages: int
    share: float


OnProgress = Callable[[Progress], None]


def unheard(_: Progress) -> None:
    """Take progress and do nothing."""
