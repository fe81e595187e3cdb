"""Aligns a drafted sentence to the exact quote that best supports it.

The model's markers are where the search starts, not what is believed: every window of sentences in the cited
evidence is a candidate quote, then (citation repair) every window of the other evidence. A claim that no
single quote supports may be supported by two together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.core.protocols import Verifier
from rag.core.text import Span, sentence_spans
from rag.core.types import Citation, Evidence, Verdict

_WINDOW_SENTENCES = 3
_CANDIDATES = 6
_PAIRED = 3
BULLETS = "-•*–▪◦·"
"""Marks of list items."""

Overlap = Callable[[str, str], float]
"""Share of the first text's content words that the second holds, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A candidate: a window of whole sentences of one piece of evidence, in document offsets."""

    evidence: Evidence
    start: int
    end: int
    text: str

    def citation(self) -> Citation:
        """Return the citation of this quote."""
        passage = self.evidence.scored.passage
        return Citation(
            marker=self.evidence.marker,
            doc_id=passage.doc_id,
            passage_id=passage.passage_id,
            quote=self.text,
            start=self.start,
            end=self.end,
            page=passage.page,
            evidence_level=passage.evidence_level,
            retracted=passage.retracted,
        )


@dataclass(frozen=True, slots=True)
class Alignment:
    """The quotes chosen for a claim, best first, and the verdict over them together."""

    quotes: tuple[Quote, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Aligner:
    """Finds the quotes of a claim. ``overlap`` chooses which windows are worth the verifier's time."""

    verifier: Verifier
    overlap: Overlap

    def align(self, claim: str, markers: Sequence[int], evidence: Sequence[Evidence]) -> Alignment | None:
        """Return the best supported alignment, the cited evidence first; None where there is no evidence at
        all.
        """
        cited = [item for item in evidence if item.marker in markers]
        best = self._best(claim, cited)
        if best is not None and best.verdict.support >= self.verifier.threshold:
            return best
        repaired = self._best(claim, evidence)
        return max(
            (a for a in (best, repaired) if a is not None), key=lambda a: a.verdict.support, default=None
        )

    def _best(self, claim: str, evidence: Sequence[Evidence]) -> Alignment | None:
        windows = [quote for item in evidence for quote in windows_of(item)]
        if not windows:
            return None
        ranked = sorted(windows, key=lambda quote: (-self.overlap(claim, quote.text), len(quote.text)))[
            :_CANDIDATES
        ]
        singles = self._judged(claim, [(quote,) for quote in ranked])
        best = _strongest(singles)
        if best.verdict.support >= self.verifier.threshold:
            return best
        return _strongest([*singles, *self._judged(claim, self._pairs(claim, ranked[:_PAIRED], windows))])

    def _pairs(
        self, claim: str, ranked: Sequence[Quote], windows: Sequence[Quote]
    ) -> list[tuple[Quote, ...]]:
        """Join each of the best windows with the one that adds most of what it lacks."""
        pairs: list[tuple[Quote, ...]] = []
        for first in ranked:
            apart = [quote for quote in windows if not _overlapping(first, quote)]
            if apart:
                second = max(
                    apart,
                    key=lambda quote: (self.overlap(claim, f"{first.text}\n{quote.text}"), -len(quote.text)),
                )
                pairs.append(tuple(sorted((first, second), key=_place)))
        return pairs

    def _judged(self, claim: str, groups: Sequence[tuple[Quote, ...]]) -> list[Alignment]:
        verdicts = self.verifier.verify(
            [("\n".join(quote.text for quote in group), claim) for group in groups]
        )
        return [Alignment(group, verdict) for group, verdict in zip(groups, verdicts, strict=True)]


def windows_of(item: Evidence) -> list[Quote]:
    """Return every run of one to three sentences, and every list with its lead-in, as candidate quotes."""
    cut = sentence_spans(item.text)
    runs = {
        (first, last)
        for first in range(len(cut))
        for last in range(first, min(first + _WINDOW_SENTENCES, len(cut)))
    }
    runs |= {
        (first, _list_end(item.text, cut, first))
        for first in range(len(cut))
        if item.text[slice(*cut[first])].endswith(":")
    }
    return [
        Quote(
            item,
            item.start + cut[first][0],
            item.start + cut[last][1],
            item.text[cut[first][0] : cut[last][1]],
        )
        for first, last in sorted(runs)
    ]


def _list_end(text: str, cut: Sequence[Span], lead_in: int) -> int:
    last = lead_in
    while last + 1 < len(cut) and text[cut[last + 1][0]] in BULLETS:
        last += 1
    return last


def _strongest(alignments: Sequence[Alignment]) -> Alignment:
    """The best supported; of equals (to 0.02) the one with fewest quotes and the shortest, the easiest to
    check by eye.
    """
    top = max(alignment.verdict.support for alignment in alignments)
    close = [alignment for alignment in alignments if alignment.verdict.support >= top - 0.02]
    return min(close, key=lambda a: (len(a.quotes), sum(len(quote.text) for quote in a.quotes)))


def _place(quote: Quote) -> tuple[int, int]:
    return quote.evidence.marker, quote.start


def _overlapping(first: Quote, second: Quote) -> bool:
    same = first.evidence.scored.passage.doc_id == second.evidence.scored.passage.doc_id
    return same and first.start < second.end and second.start < first.end
