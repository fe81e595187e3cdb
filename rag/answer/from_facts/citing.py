"""From statements to claims: each with exact quotes, checked by the guards against them.

What a statement says must stand in the quotes: its numbers, its drug, its side, its denial. A date that no
document writes is left out. A statement that its quotes do not carry is a fault of the templates or of the
facts: it is logged and withheld, and the quote itself is shown instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answer.from_facts.values import FactStatement, Fragment
from rag.answer.from_facts.wording.dates_written import is_written, witnesses
from rag.answer.verify.guards import Finding, check
from rag.core.facts import Fact
from rag.core.text import Span, overlap, sentence_spans
from rag.core.types import Citation, Claim, Evidence, NearMiss, Passage, ScoredPassage

_log = logging.getLogger(__name__)
_GUARDED = frozenset({"number", "unit", "date", "frequency", "laterality", "negation", "drug"})
_TURNED = frozenset({"negation", "hypothesis", "family"})
_STAGE = "facts"
_MOST_QUOTE = 400
Place = tuple[str, Span]
"""A span of a document."""
PassagesOf = Callable[[Sequence[str]], Sequence[Passage]]
"""The current passages of documents."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement as a claim, the places it cites, and the words that were withheld in its place, if any."""

    text: str
    places: tuple[Place, ...]
    is_computed: bool
    withheld: str = ""


def cited(statement: FactStatement, texts: Mapping[str, str]) -> Cited | None:
    """Return a statement with its places, checked; None where no document holds what it comes from.

    Where the places of the facts alone do not carry it, the sentences around them are cited: a side often
    stands before the operation.
    """
    if statement.items:
        return _listed(statement, texts)
    own = [place for fact in statement.facts for place in _places(fact, texts)]
    if not own:
        return None
    if statement.is_quoted:
        return _told(statement, own, texts)
    faults: list[Finding] = []
    for places in (own, [_sentence(place, texts) for place in own]):
        found, said = _with_dates(statement, places, texts)
        faults = _faults("\n".join(_quote(place, texts) for place in found), said)
        if not faults and not _is_turned(own, said, texts):
            return Cited(_text(statement, found, texts), tuple(dict.fromkeys(found)), is_computed=True)
    kinds = ", ".join(sorted({fault.kind for fault in faults})) or "its sentence turns it"
    _log.warning("a computed statement is not carried by its quotes: %s", kinds)
    whole = _sentence(own[0], texts)
    return Cited(" ".join(_quote(whole, texts).split()), (whole,), is_computed=False, withheld=statement.text)


def _listed(statement: FactStatement, texts: Mapping[str, str]) -> Cited | None:
    """Return a list with those of its things that their own quotes carry; None where none is."""
    found = [(one, cited(one, texts)) for one in statement.items]
    held = [
        shown
        for one, shown in found
        if shown is not None and shown.is_computed and not (one.is_dated and _is_undated(one, shown))
    ]
    if not held:
        return None
    left = [one.text for one, shown in found if shown is not None and not shown.is_computed]
    head = "".join(piece.text for piece in statement.pieces)
    words = list(dict.fromkeys(one.text.strip() for one in held))
    text = f"{head}{statement.between.join(words)}."
    places = tuple(dict.fromkeys(place for one in held for place in one.places))
    return Cited(text[:1].upper() + text[1:], places, is_computed=True, withheld=statement.between.join(left))


def _is_undated(statement: FactStatement, shown: Cited) -> bool:
    dates = (
        words for piece in statement.pieces if piece.date for words in (piece.text, piece.undated) if words
    )
    return not any(words in shown.text for words in dates)


def _told(statement: FactStatement, own: Sequence[Place], texts: Mapping[str, str]) -> Cited:
    """Say the document's own sentences after the words of the statement, where these stand in them or in what
    dates them.
    """
    whole = (_sentence(own[0], texts),)
    places, said = _with_dates(statement, whole, texts)
    quote = " ".join(" ".join(_quote(place, texts).split()) for place in whole)
    if not statement.pieces or _faults("\n".join(_quote(place, texts) for place in places), said):
        return Cited(quote, whole, is_computed=False)
    return Cited(
        f"{_text(statement, places, texts)}« {quote} »", tuple(dict.fromkeys(places)), is_computed=True
    )


def _is_turned(own: Sequence[Place], said: str, texts: Mapping[str, str]) -> bool:
    """Tell whether the sentence around a fact denies it, or only supposes it: a word alone does not show what
    governs it.
    """
    around = "\n".join(_quote(_sentence(place, texts), texts) for place in own)
    return any(finding.kind in _TURNED and finding.is_hard for finding in check(around, said))


def _with_dates(
    statement: FactStatement, own: Sequence[Place], texts: Mapping[str, str]
) -> tuple[list[Place], str]:
    """Return the places with those that write the dates, and the words that they must carry."""
    places = list(own)
    for piece in statement.pieces:
        if piece.date is not None and not is_written([_quote(place, texts) for place in places], piece.date):
            places += _witnesses(statement.facts, piece.date, texts)
    return places, "".join(piece.text for piece in _kept(statement, places, texts) if not piece.is_frame)


def _kept(statement: FactStatement, places: Sequence[Place], texts: Mapping[str, str]) -> list[Fragment]:
    """Return the words that can be shown: without the dates that no place writes."""
    quotes = [_quote(place, texts) for place in places]
    kept: list[Fragment] = []
    for piece in statement.pieces:
        if piece.date is None or is_written(quotes, piece.date):
            kept.append(piece)
        elif piece.undated:
            kept.append(Fragment(piece.undated, is_frame=True))
    return kept


def _text(statement: FactStatement, places: Sequence[Place], texts: Mapping[str, str]) -> str:
    return "".join(piece.text for piece in _kept(statement, places, texts))


def _sentence(place: Place, texts: Mapping[str, str]) -> Place:
    """Return the sentence around a place, or the place where the sentence is too long to be read as a
    quote.
    """
    doc_id, span = place
    text = texts[doc_id]
    start, end = max(0, span[0] - _MOST_QUOTE), min(len(text), span[1] + _MOST_QUOTE)
    around = [cut for cut in sentence_spans(text, start, end) if overlap(cut, span)]
    whole = (around[0][0], around[-1][1]) if around else span
    return (doc_id, whole) if whole[1] - whole[0] <= _MOST_QUOTE else place


def _faults(premise: str, said: str) -> list[Finding]:
    return [finding for finding in check(premise, said) if finding.is_hard and finding.kind in _GUARDED]


def _places(fact: Fact, texts: Mapping[str, str]) -> Iterator[Place]:
    text = texts.get(fact.doc_id, "")
    for start, end in fact.spans:
        if 0 <= start < end <= len(text) and text[start:end].strip() and end - start <= _MOST_QUOTE:
            yield fact.doc_id, (start, end)


def _witnesses(facts: Sequence[Fact], iso: str, texts: Mapping[str, str]) -> list[Place]:
    """Return the places of a document of the facts that write a date, nearest to what is stated."""
    for fact in facts:
        text = texts.get(fact.doc_id)
        if text and fact.spans and (spans := witnesses(text, iso, fact.spans[0][0])):
            return [(fact.doc_id, span) for span in spans]
    return []


def _quote(place: Place, texts: Mapping[str, str]) -> str:
    return texts[place[0]][slice(*place[1])]


@dataclass(slots=True)
class EvidenceList:
    """The evidence of an answer as it grows: one window a passage, in the order cited."""

    passages: Mapping[str, Sequence[Passage]]
    texts: Mapping[str, str]
    items: list[Evidence] = field(default_factory=list)

    def claim_of(self, found: Cited) -> Claim | None:
        """Return the claim with its citations; None where no passage holds a place (it is being written
        anew).
        """
        citations = [citation for place in found.places if (citation := self._citation(place)) is not None]
        if not citations:
            return None
        return Claim(
            found.text, 0, 0, tuple(citations), "full", 1.0, "computed" if found.is_computed else "quoted"
        )

    def _citation(self, place: Place) -> Citation | None:
        doc_id, span = place
        holding = [
            passage
            for passage in self.passages.get(doc_id, ())
            if overlap(span, (passage.start, passage.end))
        ]
        if not holding:
            return None
        passage = max(holding, key=lambda passage: overlap(span, (passage.start, passage.end)))
        marker = self._marker(passage, span)
        return Citation(
            marker, doc_id, passage.passage_id, self.texts[doc_id][slice(*span)], *span, passage.page
        )

    def _marker(self, passage: Passage, span: Span) -> int:
        start, end = _window(passage, span)
        for place, item in enumerate(self.items):
            if item.scored.passage.passage_id == passage.passage_id:
                start, end = min(start, item.start), max(end, item.end)
                self.items[place] = replace(
                    item, start=start, end=end, text=self.texts[passage.doc_id][start:end]
                )
                return item.marker
        marker = len(self.items) + 1
        scored = ScoredPassage(passage, 1.0, marker, _STAGE, {_STAGE: 1.0})
        self.items.append(Evidence(marker, scored, start, end, self.texts[passage.doc_id][start:end]))
        return marker


def _window(passage: Passage, span: Span) -> Span:
    """Return the sentences of a passage that hold a span."""
    first, last = max(span[0], passage.start) - passage.start, min(span[1], passage.end) - passage.start
    cut = [sentence for sentence in sentence_spans(passage.text) if overlap(sentence, (first, last))]
    if not cut:
        return passage.start + first, passage.start + last
    return passage.start + cut[0][0], passage.start + cut[-1][1]


def near_misses(facts: Sequence[Fact], texts: Mapping[str, str]) -> tuple[NearMiss, ...]:
    """Return the first place of each fact, with its words."""
    places = [next(_places(fact, texts), None) for fact in facts]
    return tuple(
        NearMiss(place[0], _quote(place, texts), *place[1])
        for place in dict.fromkeys(places)
        if place is not None
    )
