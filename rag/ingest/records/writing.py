"""Builds the canonical text of a record piece by piece, with the sections that its headings open.

``canonical(text) == text`` holds for what comes out, so that offsets count in the very text that is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rag.core.text import canonical
from rag.core.types import Section
from rag.ingest.plain.sections import Heading, sections_of

_EMPTY_CELL = "–"
_LONGEST_OPENING = 400


@dataclass(slots=True)
class Writer:
    """A text that grows at its end. Empty pieces leave no trace."""

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _headings: list[Heading] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def length(self) -> int:
        """Return how many characters are written."""
        return self._length

    def heading(self, title: str, level: int = 1) -> None:
        """Open a section; ``level`` 1 is the outermost."""
        if title := " ".join(canonical(title).split()):
            start = self._append(title, "\n\n")
            self._headings.append(Heading(title, level, start, start + len(title)))

    def paragraph(self, text: str) -> None:
        """Write a piece that stands free."""
        self._append(canonical(text), "\n\n")

    def line(self, text: str) -> None:
        """Write a piece right under the one before."""
        self._append(canonical(text), "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Write lines under each other, the first one free of what stands before."""
        self.paragraph("\n".join(filter(None, map(canonical, texts))))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows as ``| cell | cell |``; rows and columns of empty cells are left out."""
        cells = [[" ".join(canonical(cell).split()) for cell in row] for row in rows]
        cells = [row for row in cells if any(row)]
        kept = sorted({column for row in cells for column, cell in enumerate(row) if cell})
        self.paragraph("\n".join(_row([row[column] if column < len(row) else "" for column in kept]) for row in cells))

    def done(self, *, opening_joins: bool = False) -> tuple[str, tuple[Section, ...]]:
        """Return the text and its sections; a heading with nothing under it at the end is kept as text.

        ``opening_joins`` takes a few opening lines (patient, date) into the first section: alone they would make a passage of no use.
        """
        text = "".join(self._parts)
        sections = sections_of(text, self._headings)
        if opening_joins and sections and sections[0].start <= _LONGEST_OPENING:
            sections = (replace(sections[0], start=0), *sections[1:])
        return text, sections

    def _append(self, text: str, between: str) -> int:
        if not text:
            return self._length
        for part in (between if self._parts else "", text):
            self._parts.append(part)
            self._length += len(part)
        return self._length - len(text)


def _row(cells: Sequence[str]) -> str:
    if len(cells) == 1:
        return f"- {cells[0]}"
    return "| " + " | ".join(cell.replace("|", "/") or _EMPTY_CELL for cell in cells) + " |"
