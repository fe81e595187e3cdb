"""A pair of texts as token ids: the same template as the run time's, so that a reader is trained as it is
asked.

``[begin] query: A [end][end] passage: B [end]``, or with a context of B, which is read but not compared:
``[begin] query: A [end][end] passage: C [end] B [end]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.models.embedding.e5.tokenizer import E5Tokenizer

FIRST, CONTEXT = 64, 32
"""Most tokens of A and of the context, with their first words."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids, and for each the text that it belongs to: 1 = A, 2 = B, 0 = neither."""

    ids: tuple[int, ...]
    part: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LearningUnit:
    """Pairs that are scored together, with what each should be: 1 or 0, or the number of a class."""

    pairs: tuple[Encoded, ...]
    targets: tuple[int, ...]
    weight: float = 1.0

    @property
    def longest(self) -> int:
        """Return the tokens of its longest pair."""
        return max(len(pair.ids) for pair in self.pairs)


class LearningTokens:
    """Turns pairs into token ids, at most ``longest`` a pair; B is cut where it does not fit."""

    def __init__(self, tokenizer: E5Tokenizer, longest: int) -> None:
        self._tokenizer = tokenizer
        self._longest = longest
        begin, *_, end = tokenizer.ids("")
        self._begin, self._end = begin, end
        self._known: dict[str, list[int]] = {}

    def encode(self, first: str, second: str, context: str = "") -> Encoded:
        """Return a pair as ids. ``context`` says where B stands, e.g. title and section."""
        head = self._pieces(f"query: {first}")[: min(FIRST, self._longest // 2)]
        ids = [self._begin, *head, self._end, self._end]
        part = [0, *[1] * len(head), 0, 0]
        if context:
            where = self._pieces(f"passage: {context}")[: min(CONTEXT, self._longest // 6)]
            ids += [*where, self._end]
            part += [0] * (len(where) + 1)
        room = max(4, self._longest - len(ids) - 1)
        body = self._pieces(second if context else f"passage: {second}")[:room]
        return Encoded((*ids, *body, self._end), (*part, *[2] * len(body), 0))

    def _pieces(self, text: str) -> list[int]:
        found = self._known.get(text)
        if found is None:
            found = self._tokenizer.ids(text)[1:-1]
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[text] = found
        return found
