"""Headers and footers: lines that come again at the same place of the pages are read once, where they come
first.

A line is only ever set aside at the edge of a page, next to others that are, and only when the very same
words stand there on at least half of the pages; a page's own number and the count of pages may differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.ingest.pdf.layout import Line

_FEWEST_PAGES = 2
_SHARE = 0.5
_GRID = 6.0
"""Points: lines of two pages as far apart as this may stand at the same place."""

Key = tuple[str, int]


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages' lines without those that an earlier page has at the same place."""
    keys = [[_key(line, number, len(pages)) for line in lines] for number, lines in enumerate(pages, start=1)]
    counts: Counter[Key] = Counter()
    for found in keys:
        counts.update(place for key in set(found) for place in _near(key))
    needed = max(_FEWEST_PAGES, _SHARE * len(pages))
    running = [[counts[key] >= needed for key in found] for found in keys]
    seen: set[Key] = set()
    kept = []
    for lines, found, repeats in zip(pages, keys, running, strict=True):
        aside = {place for place in _at_the_edges(lines, repeats) if found[place] in seen}
        seen.update(place for key in found for place in _near(key))
        kept.append([line for place, line in enumerate(lines) if place not in aside])
    return kept


def _key(line: Line, number: int, total: int) -> Key:
    words = re.sub(rf"\b0*(?:{number}|{total})\b", "#", " ".join(line.text.split()))
    return words, round(line.base / _GRID)


def _near(key: Key) -> tuple[Key, ...]:
    return key, (key[0], key[1] - 1), (key[0], key[1] + 1)


def _at_the_edges(lines: Sequence[Line], repeats: Sequence[bool]) -> set[int]:
    """Return the places of the lines at the top and at the bottom of a page, up to the first that does not
    repeat.
    """
    found: set[int] = set()
    down = sorted(range(len(lines)), key=lambda place: -lines[place].base)
    for order in (down, list(reversed(down))):
        for place in order:
            if not repeats[place]:
                break
            found.add(place)
    return found
