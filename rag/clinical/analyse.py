"""One reading of a clinical text for everything that asks what it says: words, concepts, quantities, dates,
times of day, what is denied.

A text is read once and kept: guards, the gate and the reading of questions ask the same few texts over and
over.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from rag.clinical.assertion.assertions import CueScope, scopes_in
from rag.clinical.concepts import Mention, mentions
from rag.clinical.concepts.matching import forget_mentions
from rag.clinical.language import language_of
from rag.clinical.measures.quantities import Quantity, quantities_in
from rag.clinical.times.dates import FoundDate, dates_in
from rag.clinical.words import ReadText, read

_KEPT = 2048


class Analysis:
    """What a text says, with the places where it says it; offsets are those of ``reading.text``. Each part is
    read when first asked for.
    """

    def __init__(self, text: str) -> None:
        self.reading: ReadText = read(text)

    @cached_property
    def language(self) -> str | None:
        """The language, None where nothing tells it."""
        return language_of(self.reading.text)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """The concepts named, in order of place."""
        return mentions(self.reading.text)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The numbers, with their units, and the dates, frequencies and codes that numbers write."""
        return tuple(quantities_in(self.reading.text))

    @cached_property
    def dates(self) -> tuple[FoundDate, ...]:
        """The dates, with each way they may be read."""
        return tuple(dates_in(self.reading.text))

    @cached_property
    def scopes(self) -> tuple[CueScope, ...]:
        """The things denied, supposed or past."""
        return tuple(scopes_in(self.reading))


@lru_cache(maxsize=_KEPT)
def analysed(text: str) -> Analysis:
    """Return what a text says, read once for every caller."""
    return Analysis(text)


def forget_texts() -> None:
    """Drop every text that is remembered, as part of erasing documents."""
    analysed.cache_clear()
    forget_mentions()
