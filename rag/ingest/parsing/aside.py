"""What a parser sets aside, by reason, said once for each file; and how much the file held, where the parser
can count it.

Both go the way of a warning, so that they cross from a worker process: ``aside_REASON`` (``file``, ``count``,
``where``) and ``COUNTED``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.core.errors import ParseError
from rag.core.protocols import Warn

COUNTED = "ledger_counted"
"""Key of the notice that says how many characters a file held, as far as its parser counted them."""

PREFIX = "aside_"
_MOST_PLACES = 5


@dataclass(slots=True)
class Aside:
    """Counts, while a file is read, what is left out of its documents."""

    file: str
    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    characters: int = 0

    def note(self, reason: str, where: str = "", count: int = 1) -> None:
        """Note that something was left out; ``where`` names a part, a sheet or a page, never what is written
        there.
        """
        if count > 0:
            self.counts[reason] = self.counts.get(reason, 0) + count
            places = self.places.setdefault(reason, [])
            if where and where not in places and len(places) <= _MOST_PLACES:
                places.append(where)

    def tell(self, warn: Warn) -> None:
        """Say what was noted, a warning a reason, and what was counted; then begin anew."""
        for reason, count in self.counts.items():
            places = self.places[reason]
            named = ", ".join(places[:_MOST_PLACES]) + (", …" if len(places) > _MOST_PLACES else "")
            warn(ParseError(PREFIX + reason, file=self.file, count=count, where=named or "–"))
        if self.characters:
            warn(ParseError(COUNTED, file=self.file, count=self.characters))
        self.counts, self.places, self.characters = {}, {}, 0
