"""Builds the canonical text of a record piece by piece, with the sections that its headings open.

``canonical(text) == text`` holds for what comes out, so that offsets count in the very text that is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rag.core.facts import Fact
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
    _facts: list[Fact] = field(default_factory=list)

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

    def paragraph(self, text: str, *facts: Fact) -> None:
        """Write a piece that stands free; it is where these facts are written."""
        self._state(facts, self._append(canonical(text), "\n\n"))

    def line(self, text: str, *facts: Fact) -> None:
        """Write a piece right under the one before; it is where these facts are written."""
        self._state(facts, self._append(canonical(text), "\n"))

    def lines(self, texts: Iterable[str], facts: Sequence[Sequence[Fact]] = ()) -> None:
        """Write lines under each other, the first one free of what stands before; ``facts`` has those of each
        text, in order.
        """
        stated = [
            (text, facts[at] if at < len(facts) else ()) for at, text in enumerate(map(canonical, texts))
        ]
        self._write_lines([(text, found) for text, found in stated if text])

    def table(self, rows: Sequence[Sequence[str]], facts: Sequence[Sequence[Fact]] = ()) -> None:
        """Write rows as ``| cell | cell |``; rows and columns of empty cells are left out. ``facts`` has
        those of each row, in order.
        """
        stated = [
            ([" ".join(canonical(cell).split()) for cell in row], facts[at] if at < len(facts) else ())
            for at, row in enumerate(rows)
        ]
        stated = [(row, found) for row, found in stated if any(row)]
        kept = sorted({column for row, _ in stated for column, cell in enumerate(row) if cell})
        self._write_lines(
            [
                (_row([row[column] if column < len(row) else "" for column in kept]), found)
                for row, found in stated
            ]
        )

    def text_from(self, start: int) -> str:
        """Return what was written from an offset on."""
        return "".join(self._parts)[start:]

    def state(self, fact: Fact, start: int, end: int) -> None:
        """State a fact that is written already, at ``[start:end]``."""
        self._facts.append(replace(fact, spans=((start, end),)))

    def done(self, *, opening_joins: bool = False) -> tuple[str, tuple[Section, ...]]:
        """Return the text and its sections; a heading with nothing under it at the end is kept as text.

        ``opening_joins`` takes a few opening lines (patient, date) into the first section: alone they would
        make a passage of no use.
        """
        text = "".join(self._parts)
        sections = sections_of(text, self._headings)
        if opening_joins and sections and sections[0].start <= _LONGEST_OPENING:
            sections = (replace(sections[0], start=0), *sections[1:])
        return text, sections

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return the facts stated so far, each at the line where it is written."""
        return tuple(self._facts)

    def _write_lines(self, stated: Sequence[tuple[str, Sequence[Fact]]]) -> None:
        for at, (text, facts) in enumerate(stated):
            self._state(facts, self._append(text, "\n" if at else "\n\n"))

    def _state(self, facts: Iterable[Fact], start: int) -> None:
        """Place facts at the piece that runs from ``start`` to the end; one that names its spans counts them
        in the piece.
        """
        for fact in facts if start < self._length else ():
            spans = fact.spans or ((0, self._length - start),)
            self._facts.append(
                replace(fact, spans=tuple((start + first, start + last) for first, last in spans))
            )

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
