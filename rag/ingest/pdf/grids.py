"""Tables that a file holds column by column: their words are put together again row by row, so that a result
stays beside its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.ingest.pdf.rows import Row, Word, pieces_of

_FEWEST_ROWS = 3
_ALIGNED = 0.8
"""Of the rows of a column, those that stand at the height of a row of the first one."""
_NEAR = 2.0
_PITCH = 1.4
_SAME_LEFT = 1.5
_MOST_WORDS = 4
_MOST_OF_A_VALUE = 3
_FIGURES = 0.6
"""Of the cells of one of two columns, those that are a value: two blocks of an address have fewer."""


def by_row(rows: Sequence[Row]) -> list[Row]:
    """Return rows in their order, columns of one table as its rows."""
    kept: list[Row] = []
    for columns in _tables(list(_runs(rows))):
        if len(columns) > 1 and _is_table(columns):
            kept.extend(_rows_of(columns))
        else:
            kept.extend(row for column in columns for row in column)
    return kept


def with_whole_cells(rows: Sequence[Row]) -> list[Row]:
    """Return rows with the cells whole that go on in the next line.

    That line stands close below, leaves the first cell empty, and each of its pieces goes on in small letters
    where a cell of the row begins: a value or a name in its place is a row of its own.
    """
    kept: list[Row] = []
    cells: list[list[Word]] = []
    last: Row | None = None
    for row in rows:
        pieces = list(pieces_of(row))
        if last is not None and (places := _places_in(cells, last, pieces)):
            for place, piece in zip(places, pieces, strict=True):
                cells[place].extend(piece)
            kept[-1] = Row([word for cell in cells for word in cell], row.hyphenated)
        else:
            cells = pieces
            kept.append(row)
        last = row
    return kept


def _places_in(cells: Sequence[Sequence[Word]], last: Row, pieces: Sequence[Sequence[Word]]) -> list[int]:
    """Return which cells of a row the pieces of the next line go on with, nothing where they do not."""
    first, above = pieces[0][0], last.words[0]
    fall = above.base - first.base
    if len(cells) < 2 or last.hyphenated or not 0 < fall <= _PITCH * max(above.size, first.size):
        return []
    if max(map(len, pieces)) < 2 or not all(piece[0].text[:1].islower() for piece in pieces):
        return []
    places = [
        next((at for at, cell in enumerate(cells) if abs(cell[0].left - piece[0].left) < _SAME_LEFT), 0)
        for piece in pieces
    ]
    return places if all(places) and len(set(places)) == len(places) else []


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield stretches of rows that go down the page below each other."""
    run: list[Row] = []
    for row in rows:
        if run and not _is_below(run[-1], row):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _is_below(above: Row, row: Row) -> bool:
    goes_down = row.words[0].base < above.words[0].base - _NEAR
    return (
        goes_down and row.words[0].left < above.words[-1].right and above.words[0].left < row.words[-1].right
    )


def _tables(runs: Sequence[list[Row]]) -> Iterator[list[list[Row]]]:
    """Yield runs that stand beside each other at the same heights together, any other alone."""
    held: list[list[Row]] = []
    for run in runs:
        if held and not (_stands_beside(held[-1], run) and _is_aligned(held[0], run)):
            yield held
            held = []
        held.append(run)
    if held:
        yield held


def _stands_beside(before: Sequence[Row], run: Sequence[Row]) -> bool:
    return min(row.words[0].left for row in run) > max(row.words[0].left for row in before)


def _is_aligned(first: Sequence[Row], run: Sequence[Row]) -> bool:
    if min(len(first), len(run)) < _FEWEST_ROWS:
        return False
    heights = sorted(row.words[0].base for row in first)
    near = sum(any(abs(row.words[0].base - height) < _NEAR for height in heights) for row in run)
    return near >= _ALIGNED * len(run)


def _is_table(columns: Sequence[Sequence[Row]]) -> bool:
    cells = [len(row.words) for column in columns for row in column]
    if sorted(cells)[len(cells) // 2] > _MOST_WORDS:
        return False
    return len(columns) > 2 or any(map(_holds_figures, columns))


def _holds_figures(column: Sequence[Row]) -> bool:
    figures = sum(len(row.words) <= _MOST_OF_A_VALUE and _begins_a_value(row.words[0].text) for row in column)
    return figures >= _FIGURES * len(column)


def _begins_a_value(text: str) -> bool:
    return text[:1].isdigit() or text[:1] in "<>≤≥+-−"


def _rows_of(columns: Sequence[Sequence[Row]]) -> Iterator[Row]:
    cells = sorted((row for column in columns for row in column), key=lambda row: -row.words[0].base)
    begun = 0
    for at, (above, row) in enumerate(pairwise(cells), start=1):
        if above.words[0].base - row.words[0].base >= _NEAR:
            yield _joined(cells[begun:at])
            begun = at
    yield _joined(cells[begun:])


def _joined(cells: Sequence[Row]) -> Row:
    return Row([word for cell in sorted(cells, key=lambda cell: cell.words[0].left) for word in cell.words])
