"""Which of the things that a question names a text mentions, and where. It is asked of hundreds of texts a
search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.index.translation import Stems, Unit


@dataclass(frozen=True, slots=True)
class Asked:
    """The units of a question in one channel, by number: those that a single stem names, and the ways of
    several stems.
    """

    count: int
    single: Mapping[str, tuple[int, ...]]
    phrases: tuple[tuple[int, Stems], ...]
    first: Mapping[str, tuple[tuple[int, Stems], ...]]
    """Units and ways by the first stem of the way, which is where a way counts as standing."""

    def named(self, stems: Iterable[str]) -> frozenset[int]:
        """Return the units that a text of these stems mentions, in whatever order."""
        present = frozenset(stems)
        found = {unit for stem in self.single.keys() & present for unit in self.single[stem]}
        found.update(unit for unit, way in self.phrases if present.issuperset(way))
        return frozenset(found)

    def places(self, stems: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Return for each unit where it stands among the stems of a text, ascending."""
        present = frozenset(stems)
        found: list[list[int]] = [[] for _ in range(self.count)]
        for place, stem in enumerate(stems):
            for unit, way in self.first.get(stem, ()):
                if present.issuperset(way):
                    found[unit].append(place)
        return tuple(map(tuple, found))


def asked(units: Sequence[Unit]) -> Asked:
    """Return the units of a question ready to be looked for."""
    single: dict[str, tuple[int, ...]] = {}
    first: dict[str, tuple[tuple[int, Stems], ...]] = {}
    ways = [(number, way) for number, unit in enumerate(units) for way in unit]
    for number, way in ways:
        if len(way) == 1:
            single[way[0]] = (*single.get(way[0], ()), number)
        first[way[0]] = (*first.get(way[0], ()), (number, way))
    return Asked(len(units), single, tuple((number, way) for number, way in ways if len(way) > 1), first)
