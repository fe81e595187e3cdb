"""Reads drafted sentences out of a JSON stream, each as soon as it is complete.

The stream follows the schema of ``rag/answer/write/generator.py``. A server without constrained decoding may
break it: what was complete before the break is kept, markers that name no evidence are dropped and counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.core.text import sentence_spans

_OPENING = '"sentences"'


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence as the model wrote it, with the markers it cites."""

    text: str
    markers: tuple[int, ...]


@dataclass(slots=True)
class DraftReader:
    """Turns text deltas into drafts. ``invalid_markers`` counts the markers that were refused."""

    valid: frozenset[int]
    invalid_markers: int = 0
    _buffer: str = field(default="", repr=False)
    _decoder: json.JSONDecoder = field(default_factory=lambda: json.JSONDecoder(strict=False), repr=False)

    def read(self, deltas: Iterable[str]) -> Iterator[DraftSentence]:
        """Yield every complete, non-empty sentence of the stream."""
        opened = False
        for delta in deltas:
            self._buffer += delta
            opened = opened or self._enter_array()
            while opened and (draft := self._next()) is not None:
                yield from _by_sentence(draft)

    def _enter_array(self) -> bool:
        at = self._buffer.find(_OPENING)
        bracket = self._buffer.find("[", at + len(_OPENING)) if at >= 0 else -1
        if bracket < 0:
            return False
        self._buffer = self._buffer[bracket + 1 :]
        return True

    def _next(self) -> DraftSentence | None:
        waiting = self._buffer.lstrip(" \n\r\t,")
        if not waiting.startswith("{"):
            return None
        try:
            value, end = self._decoder.raw_decode(waiting)
        except json.JSONDecodeError:
            return None
        self._buffer = waiting[end:]
        return self._draft(value)

    def _draft(self, value: dict[str, object]) -> DraftSentence:
        cites = value.get("cites")
        markers = cites if isinstance(cites, list) else []
        known = tuple(dict.fromkeys(m for m in markers if isinstance(m, int) and m in self.valid))
        self.invalid_markers += sum(not (isinstance(m, int) and m in self.valid) for m in markers)
        text = value.get("text")
        return DraftSentence(" ".join(text.split()) if isinstance(text, str) else "", known)


def _by_sentence(draft: DraftSentence) -> Iterator[DraftSentence]:
    """Cut what the model put into one item into its sentences: each must be supported by itself."""
    for start, end in sentence_spans(draft.text):
        yield DraftSentence(draft.text[start:end], draft.markers)
