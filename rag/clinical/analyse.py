"""One reading of a clinical text for everything that asks what it says: words, concepts, quantities, dates, times of day, what is denied.

A text is read once and kept: guards, the gate and the reading of questions ask the same few texts over and over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.clinical.assertions import Scope, scopes_in
from rag.clinical.concepts import Mention, mentions
from rag.clinical.dates import FoundClock, FoundDate, clocks_in, dates_in
from rag.clinical.language import language_of
from rag.clinical.quantities import Quantity, quantities_in
from rag.clinical.words import Reading, read

_KEPT = 2048


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a text says, with the places where it says it; offsets are those of ``reading.text``.

    ``language`` is None where nothing tells it; ``scopes`` are the things denied, supposed or past.
    """

    reading: Reading
    language: str | None
    mentions: tuple[Mention, ...]
    quantities: tuple[Quantity, ...]
    dates: tuple[FoundDate, ...]
    clocks: tuple[FoundClock, ...]
    scopes: tuple[Scope, ...]


@lru_cache(maxsize=_KEPT)
def analysed(text: str) -> Analysis:
    """Return what a text says, read once for every caller."""
    reading = read(text)
    return Analysis(
        reading=reading,
        language=language_of(text),
        mentions=mentions(reading.text),
        quantities=tuple(quantities_in(text)),
        dates=tuple(dates_in(reading.text)),
        clocks=tuple(clocks_in(reading.text)),
        scopes=tuple(scopes_in(reading)),
    )
