"""Sentences of documents that speak to a machine are data that nobody asked for: they are neither quoted, nor
shown to a model, nor believed as facts. What is shown to a model cannot close its own frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.core.text import Span, overlap, sentence_spans
from rag.core.types import Claim, Evidence
from rag.models.control_tokens import without_control_tokens
from rag.understand.alerts import addresses_machine

_FRAME = re.compile(r"[<＜﹤]{2,}|[>＞﹥]{2,}")
"""What opens and closes an extract in a prompt, and its look-alikes."""


def without_instructions(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence without such sentences; a window that holds one is shown in the pieces around
    it.
    """
    return tuple(piece for item in evidence for piece in _pieces(item))


def untaught(claims: Sequence[Claim], evidence: Sequence[Evidence]) -> list[Claim]:
    """Return the claims that rest on more than such sentences."""
    taught = [
        (item.scored.passage.doc_id, (item.scored.passage.start + start, item.scored.passage.start + end))
        for item in evidence
        for start, end in _addressed(item.scored.passage.text)
    ]
    if not taught:
        return list(claims)
    return [
        claim
        for claim in claims
        if not any(
            doc_id == citation.doc_id and overlap(span, (citation.start, citation.end))
            for citation in claim.citations
            for doc_id, span in taught
        )
    ]


def neutral(text: str) -> str:
    """Return a text whose marks cannot be read as turns of a conversation or as the end of an extract."""
    return without_control_tokens(_FRAME.sub(_plain_frame, text))


def neutral_label(text: str) -> str:
    """Return a title or a section as one neutral line; nothing where it speaks to a machine."""
    line = " ".join(text.split())
    return "" if addresses_machine(line) else neutral(line)


def _plain_frame(mark: re.Match[str]) -> str:
    return ("‹" if mark[0][0] in "<＜﹤" else "›") * len(mark[0])


def _pieces(item: Evidence) -> Iterator[Evidence]:
    spans = _addressed(item.text)
    if not spans:
        yield item
        return
    start = 0
    for first, last in [*spans, (len(item.text), len(item.text))]:
        text = item.text[start:first]
        if any(character.isalnum() for character in text):
            yield replace(item, start=item.start + start, end=item.start + first, text=text)
        start = last


def _addressed(text: str) -> list[Span]:
    """Return the sentences that speak to a machine; what follows one on its line is its own."""
    if not addresses_machine(text):
        return []
    found: list[Span] = []
    for start, end in (line for sentence in sentence_spans(text) for line in _lines(text, sentence)):
        goes_on = bool(found) and "\n" not in text[found[-1][1] : start]
        if goes_on or addresses_machine(text[start:end]):
            found.append((start, end))
    return found


def _lines(text: str, sentence: Span) -> Iterator[Span]:
    """Yield the lines of a sentence: an order without a full stop ends with its line."""
    start, end = sentence
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if stop > start:
            yield start, stop
        start = stop + 1
