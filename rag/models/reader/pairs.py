"""Pairs of texts as token ids: ``<s> query: A </s></s> passage: B </s>``, or with a context of B before it:
``<s> query: A </s></s> passage: C </s> B </s>``.

Texts are data: what they spell never yields a special token. A text longer than the window is read in windows
of whole sentences that overlap by about half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.core.text import sentence_spans

if TYPE_CHECKING:
    from rag.models.embedding.e5.tokenizer import E5Tokenizer

MOST_ASKED, MOST_CONTEXT = 64, 32
"""Tokens of the first text and of the context; what is longer is cut at its end."""


@dataclass(frozen=True, slots=True)
class TextPair:
    """``first`` is the question or the claim, ``second`` the text that may answer or support it."""

    first: str
    second: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class PairWindow:
    """Token ids, and for each whether it is of the first text (1), the second (2) or of none (0)."""

    ids: list[int]
    parts: list[int]


@dataclass(frozen=True, slots=True)
class PairTokens:
    """Cuts pairs into windows of at most ``longest`` tokens."""

    tokenizer: E5Tokenizer
    longest: int

    def windows(self, pair: TextPair) -> list[PairWindow]:
        """Return the windows of a pair; none where one of its texts is empty."""
        if not pair.first.strip() or not pair.second.strip():
            return []
        begin, end = self.tokenizer.ids("")[0], self.tokenizer.ids("")[-1]
        asked = self._pieces(f"query: {pair.first}")[: min(MOST_ASKED, self.longest // 2)]
        most = min(MOST_CONTEXT, self.longest // 6)
        before = [*self._pieces(f"passage: {pair.context}")[:most], end] if pair.context.strip() else []
        room = max(4, self.longest - len(asked) - len(before) - 4)
        head = [begin, *asked, end, end, *before]
        parts = [0, *[1] * len(asked), 0, 0, *[0] * len(before)]
        prefix = "" if before else "passage: "
        return [
            PairWindow([*head, *text, end], [*parts, *[2] * len(text), 0])
            for text in self._texts(pair.second, prefix, room)
            if text
        ]

    def _texts(self, text: str, prefix: str, room: int) -> Iterator[list[int]]:
        whole = self._pieces(prefix + text)
        if len(whole) <= room:
            yield whole
            return
        lead = self._pieces(prefix) if prefix else []
        room -= len(lead)
        sentences = [
            ids[start : start + room]
            for span in sentence_spans(text)
            for ids in [self._pieces(text[slice(*span)])]
            for start in range(0, len(ids), room)
        ]
        for group in _overlapping([len(ids) for ids in sentences], room):
            yield [*lead, *(token for number in group for token in sentences[number])]

    def _pieces(self, text: str) -> list[int]:
        return self.tokenizer.ids(text)[1:-1]


def _overlapping(lengths: Sequence[int], room: int) -> Iterator[range]:
    """Yield runs of sentences that fit; each begins where about half of the one before is over."""
    first = 0
    while first < len(lengths):
        last, total = first, 0
        while last < len(lengths) and (total + lengths[last] <= room or last == first):
            total += lengths[last]
            last += 1
        yield range(first, last)
        if last == len(lengths):
            return
        half, first = total / 2, first + 1
        passed = lengths[first - 1]
        while first < last and passed < half:
            passed += lengths[first]
            first += 1
