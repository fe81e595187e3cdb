"""The answer without a model: the sentences of the evidence that come closest to the question, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answer.citations import Quote, windows_of
from rag.answer.relevance import Candidate, Coverage, candidates_of
from rag.recency import asks_for_latest, recency
from rag.types import Claim, Evidence

Similar = Callable[[str, Sequence[str]], list[float]]
"""Cosine of a question with each text."""
Cover = Callable[[str, str, Sequence[Candidate]], Sequence[Coverage]]
"""How much of a question (in a language) each candidate names."""

_MAX_WORDS = 70
_SO_MUCH_PER_RANK = 0.02
_LATE = 0.3
_CLOSE = 0.88
"""A further extract must reach this share of the best one's score: better one good sentence than three so-so."""


@dataclass(frozen=True, slots=True)
class Extractor:
    """Chooses verbatim sentences."""

    similar: Similar
    cover: Cover
    max_sentences: int = 2

    def extracts(self, question: str, language: str, evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
        """Return up to ``max_sentences`` claims, each the words of its one quote, the closest first."""
        quotes = [quote for item in evidence for quote in windows_of(item) if _stands_alone(quote)]
        if not quotes:
            return ()
        scores = self._scores(question, language, quotes)
        ranked = sorted(zip(scores, quotes, strict=True), key=lambda pair: (-pair[0], pair[1].evidence.marker, pair[1].start))
        chosen: list[Quote] = []
        for score, quote in ranked:
            if len(chosen) == self.max_sentences or score < _CLOSE * ranked[0][0]:
                break
            if not any(_repeats(quote, earlier) for earlier in chosen):
                chosen.append(quote)
        return tuple(_claim(quote) for quote in chosen)

    def _scores(self, question: str, language: str, quotes: Sequence[Quote]) -> list[float]:
        near = self.similar(question, [_in_context(quote) for quote in quotes])
        evidence = [replace(quote.evidence, text=quote.text) for quote in quotes]
        covered = self.cover(question, language, candidates_of(evidence, near))
        times = recency([quote.evidence.scored.passage.authored_at for quote in quotes])
        late = _LATE if asks_for_latest(question) else 0.0
        return [
            0.5 * close
            + 0.4 * part.share
            + 0.15 * (part.has_form and part.share > 0)
            + late * time
            - _SO_MUCH_PER_RANK * quote.evidence.marker
            for close, part, time, quote in zip(_relative(near, quotes), covered, times, quotes, strict=True)
        ]


def _relative(near: Sequence[float], quotes: Sequence[Quote]) -> list[float]:
    """Put cosines on 0 to 1 within each language: the model places a text of the question's language nearer whatever it says."""
    groups: dict[str, list[float]] = {}
    for similarity, quote in zip(near, quotes, strict=True):
        groups.setdefault(quote.evidence.scored.passage.language, []).append(similarity)
    limits = {language: (min(found), (max(found) - min(found)) or 1.0) for language, found in groups.items()}
    placed = [(similarity, *limits[quote.evidence.scored.passage.language]) for similarity, quote in zip(near, quotes, strict=True)]
    return [(similarity - low) / spread for similarity, low, spread in placed]


def _stands_alone(quote: Quote) -> bool:
    """A heading or a list's lead-in alone says nothing; one sentence or one whole list is enough."""
    text = quote.text.strip()
    if len(text.split()) > _MAX_WORDS or text.endswith((":", "?")):
        return False
    lines = text.splitlines()
    if len(lines) > 1 and not lines[0].rstrip().endswith(":"):
        return False
    return not text.startswith("#") and (len(text.split()) > 3 or any(character.isdigit() for character in text))


def _in_context(quote: Quote) -> str:
    passage = quote.evidence.scored.passage
    heading = passage.section[-1] if passage.section else ""
    return f"{heading}\n{quote.text}".strip()


def _repeats(quote: Quote, earlier: Quote) -> bool:
    return quote.text in earlier.text or earlier.text in quote.text


def _claim(quote: Quote) -> Claim:
    return Claim(_without_marks(quote.text), 0, 0, (quote.citation(),), "full", 1.0)


def _without_marks(text: str) -> str:
    """The words of a quote on one line, without list marks and emphasis; the citation keeps them."""
    lines = (re.sub(r"^[-•*▪◦·#|]+\s*", "", line.strip()) for line in text.splitlines())
    return " ".join(" ".join(lines).replace("**", "").split())
