"""Blots out who a text is about, and moves its dates, keeping its length."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.clinical.deidentification.dates import dates, moved
from rag.clinical.deidentification.names import names
from rag.clinical.deidentification.numbers import numbers
from rag.clinical.folding import flat
from rag.core.traits import Traits

BLOT = "█"
Place = tuple[int, int]


class Deidentifier:
    """For the documents of one patient: ``traits`` and ``identifiers`` are known to name the patient, and
    dates are moved by ``days``, so that intervals stay. 0 days: dates are blotted out.
    """

    def __init__(self, traits: Iterable[Traits] = (), identifiers: Iterable[str] = (), days: int = 0) -> None:
        self._days = days
        own = [word for one in traits for word in (one.family, one.birth_family, one.given, one.ins)]
        words = {part for word in (*own, *identifiers) for part in (word, *re.split(r"[\s'’-]+", word))}
        known = sorted({re.escape(flat(word)) for word in words if len(word) > 2}, key=len, reverse=True)
        self._own = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)") if known else None

    def text(self, text: str) -> str:
        """Return the text without what identifies, as long as it was."""
        signs = list(text)
        for start, end in self.places(text):
            signs[start:end] = [sign if sign.isspace() else BLOT for sign in signs[start:end]]
        taken = [False] * len(text)
        for found in sorted(dates(text), key=lambda one: (one.start - one.end, one.start)):
            if any(taken[found.start : found.end]):
                self._blot(signs, taken, found.start, found.end)
                continue
            written = moved(text, found, self._days) if self._days else None
            if written is None:
                self._blot(signs, taken, found.start, found.end)
                continue
            signs[found.start : found.end] = list(written)
            taken[found.start : found.end] = [True] * len(written)
        return "".join(signs)

    def own(self, text: str) -> str:
        """Return the text without the known names and identifiers alone, as long as it was."""
        signs = list(text)
        for found in self._own.finditer(flat(text)) if self._own is not None else ():
            signs[found.start() : found.end()] = " " * (found.end() - found.start())
        return "".join(signs)

    def places(self, text: str) -> list[Place]:
        """Return where a text has names, places, numbers and addresses, in order; not its dates."""
        found = [*names(text), *numbers(text)]
        if self._own is not None:
            found += [one.span() for one in self._own.finditer(flat(text))]
        return sorted(found)

    def _blot(self, signs: list[str], taken: list[bool], start: int, end: int) -> None:
        for at in range(start, end):
            if not taken[at] and not signs[at].isspace():
                signs[at] = BLOT
                taken[at] = True
