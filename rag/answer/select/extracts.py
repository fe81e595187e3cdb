"""The answer without a model: the sentences of the evidence that come closest to the question, word for
word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answer.relevance.gate import Candidate
from rag.answer.seams import Cover, Similar
from rag.answer.select.identity import asks_identity, only_identifies
from rag.answer.select.scores import scores
from rag.answer.verify.quotes import BULLETS, Quote, windows_of
from rag.core.protocols import TextReader
from rag.core.text import sentence_spans
from rag.core.types import Claim, Evidence
from rag.retrieve.reading import context_of, read_again, reads
from rag.retrieve.tuning import tuning

_MOMENT = re.compile(
    r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}(?::\d\d| ?h ?\d{0,2})\b|"
    r"\b(?:\d{1,2}(?:er|st|nd|rd|th)?"
    r" )?(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|january|"
    r"february|march|april|may|june|july|august|september|october|november|december)(?: \d{4})?\b",
    re.IGNORECASE,
)
"""Dates and times of day."""
_NUMBER_AT_END = re.compile(r"(?:(?<!\s)\s++)?\b\d{1,2}[.)]?$")
"""The number of the next heading, taken for the end of a sentence: ``What must you know? 3.``"""
_SAID = re.compile(r"\w\s?(?::|—|=)\s?\w")


_TRIED = 8
"""Quotes looked at for one that is accepted. Set by hand."""


@dataclass(frozen=True, slots=True)
class Extractor:
    """Chooses verbatim sentences."""

    similar: Similar
    cover: Cover
    max_sentences: int = 2
    reader: TextReader | None = None

    def extracts(
        self,
        question: str,
        language: str,
        evidence: Sequence[Evidence],
        accepts: Callable[[Claim], bool] = lambda _: True,
    ) -> tuple[Claim, ...]:
        """Return up to ``max_sentences`` claims, each the words of its one quote, the closest first.

        Where the first is not accepted, as it speaks of another thing, the next ones are tried.
        """
        windows = [line for item in evidence for quote in windows_of(item) for line in _lines_of(quote)]
        places = {(quote.evidence.marker, quote.start, quote.end): quote for quote in windows}
        quotes = [quote for quote in places.values() if _stands_alone(quote)]
        if not asks_identity(question):
            quotes = [quote for quote in quotes if not only_identifies(_MOMENT.sub(" ", quote.text))]
        if not quotes:
            return ()
        ranked = sorted(
            zip(self._scores(question, language, quotes), quotes, strict=True),
            key=lambda pair: (-pair[0], pair[1].evidence.marker, pair[1].start),
        )
        start = next((at for at, (_, quote) in enumerate(ranked[:_TRIED]) if accepts(_claim(quote))), None)
        if start is None:
            return ()
        ranked = ranked[start:]
        best, first = ranked[0]
        chosen = [first]
        while len(chosen) < self.max_sentences and (
            further := self._further(question, language, chosen, ranked[1:], best)
        ):
            chosen.append(further)
        return tuple(_claim(quote) for quote in chosen)

    def read(self, question: str, evidence: Sequence[Evidence]) -> float | None:
        """Return the reader's probability for the sentence of the evidence that answers best; None without a
        reader, and in a record.
        """
        reader = reads(self.reader, (item.scored.passage for item in evidence))
        if reader is None:
            return None
        sentences = [
            (item.text[slice(*span)], context_of(item.scored.passage))
            for item in evidence
            for span in sentence_spans(item.text)
        ]
        found = reader.answers(question, [text for text, _ in sentences], [above for _, above in sentences])
        return max(found, default=0.0)

    def _further(
        self,
        question: str,
        language: str,
        chosen: Sequence[Quote],
        ranked: Sequence[tuple[float, Quote]],
        best: float,
    ) -> Quote | None:
        """The quote that says most beside those chosen: nearly as good, or good enough and naming what they
        leave out.
        """
        limits = tuning().extracts
        others = [
            (score, quote)
            for score, quote in ranked
            if score >= limits.fair * best and not any(_repeats(quote, one) for one in chosen)
        ]
        gains = self._gains(question, language, chosen, [quote for _, quote in others])
        worthy = [
            (score + limits.gain * gain, quote)
            for (score, quote), gain in zip(others, gains, strict=True)
            if score >= limits.close * best or gain >= limits.much
        ]
        return max(worthy, key=lambda pair: pair[0])[1] if worthy else None

    def _gains(
        self, question: str, language: str, chosen: Sequence[Quote], others: Sequence[Quote]
    ) -> list[float]:
        """How much more of the question the chosen quotes name with each of the others."""
        held = "\n".join(quote.text for quote in chosen)
        together = [held, *(f"{held}\n{quote.text}" for quote in others)]
        shares = [
            found.share
            for found in self.cover(
                question, language, [Candidate(text, "", (), language, 0.0) for text in together]
            )
        ]
        return [share - shares[0] for share in shares[1:]]

    def _scores(self, question: str, language: str, quotes: Sequence[Quote]) -> list[float]:
        near = self.similar(question, [_in_context(quote) for quote in quotes])
        return read_again(
            reads(self.reader, (quote.evidence.scored.passage for quote in quotes)),
            question,
            scores(question, language, quotes, near, self.cover),
            [quote.text for quote in quotes],
            [context_of(quote.evidence.scored.passage) for quote in quotes],
            count=tuning().reader.extracts,
        )


def _lines_of(quote: Quote) -> list[Quote]:
    """Return the lines of a note without punctuation, which is one endless sentence; else the quote."""
    if "\n" not in quote.text or len(quote.text.split()) <= tuning().extracts.most_words:
        return [quote]
    lines, at = [], quote.start
    for text in quote.text.split("\n"):
        lines.append(replace(quote, start=at, end=at + len(text), text=text))
        at += len(text) + 1
    return [line for line in lines if line.text.strip()]


def _stands_alone(quote: Quote) -> bool:
    """A heading or a list's lead-in alone says nothing; one sentence or one whole list is enough."""
    text = quote.text.strip()
    if len(text.split()) > tuning().extracts.most_words or _NUMBER_AT_END.sub("", text).endswith((":", "?")):
        return False
    lines = text.splitlines()
    if len(lines) > 1 and (not lines[0].rstrip().endswith(":") or _is_cut_list(quote)):
        return False
    fewest = tuning().extracts.fewest_words
    return not text.startswith("#") and (
        len(_undated(text).split()) >= fewest or _holds_a_value(text) or _is_short_fact(text)
    )


def _is_short_fact(text: str) -> bool:
    """Tell whether a line of few words is a fact: an item of a list (``- Pénicilline — actif``), or a name
    and what is said of it.
    """
    words = _undated(text).split()
    return bool(words) and (text[0] in set(BULLETS) or (len(words) > 1 and bool(_SAID.search(text))))


def _is_cut_list(quote: Quote) -> bool:
    """Whether the list that the quote opens goes on behind it: one criterion of three says something else
    than the three.
    """
    passage = quote.evidence.scored.passage
    return passage.text[quote.end - passage.start :].lstrip()[:1] in set(BULLETS)


def _undated(text: str) -> str:
    """A text without its dates, times and punctuation: what is left of a letterhead says nothing."""
    return " ".join(re.findall(r"[^\W\d_]{2,}", _MOMENT.sub(" ", text)))


def _holds_a_value(text: str) -> bool:
    return any(character.isdigit() for character in _MOMENT.sub(" ", text))


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
