"""Lines and table rows of RTF while they grow: a cell ends with a word of its own, and a row says at its end
which cells are merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.ingest.parsing.runs import LetterRun, joined


@dataclass(slots=True)
class Flow:
    """One stream of text: the body, a header, a note. ``lines`` are its paragraphs and rows so far."""

    lines: list[str] = field(default_factory=list)
    _runs: list[LetterRun] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _merged: list[tuple[bool, bool]] = field(default_factory=list)
    _above: dict[int, str] = field(default_factory=dict)
    _right: bool = False
    _down: bool = False
    in_table: bool = False

    def put(self, text: str, height: int = 0) -> None:
        """Write letters."""
        if text:
            self._runs.append(LetterRun(text, height))

    def end_line(self) -> None:
        """End a paragraph; in a cell it goes on after a space."""
        if self.in_table:
            self.put(" ")
            return
        self._close()
        self._above.clear()

    def begin_row(self) -> None:
        """Forget what the row before said of its cells."""
        self._merged, self._right, self._down = [], False, False

    def merge(self, word: str) -> None:
        """Note that the next cell goes on to the left or from above."""
        self._right = self._right or word == "clmrg"
        self._down = self._down or word == "clvmrg"

    def define_cell(self) -> None:
        """Note where a cell ends, after what was said of it."""
        self._merged.append((self._right, self._down))
        self._right = self._down = False

    def end_cell(self) -> None:
        """End a cell."""
        self._cells.append(" ".join(joined(self._runs).split()))
        self._runs.clear()

    def end_row(self) -> None:
        """End a row: write it with each cell under its column; one merged downwards is said again."""
        if self._runs and any(run.text.strip() for run in self._runs):
            self.end_cell()
        self._runs.clear()
        cells = [self._cell(column, text) for column, text in enumerate(self._cells)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            self.lines.append(f"| {' | '.join(cells)} |")
        self._cells.clear()
        self.in_table = False

    def _cell(self, column: int, text: str) -> str:
        _, down = self._merged[column] if column < len(self._merged) else (False, False)
        if down:
            text = text or self._above.get(column, "")
        self._above[column] = text
        return text

    def done(self) -> list[str]:
        """Return all lines."""
        if self._cells:
            self.end_row()
        self._close()
        return self.lines

    def _close(self) -> None:
        self.lines.append(joined(self._runs))
        self._runs.clear()
