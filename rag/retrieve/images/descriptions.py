"""What a report or a caption says of what is asked: which findings it affirms, which it denies, and the
sentence that says so.

A finding that is denied, only looked for, past, or on the other side is not found. Nothing is inferred: a
concept of the table must be named (itself, or a kind of it), a word that is in no table must stand there, in
either language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag.clinical.concepts import concept
from rag.clinical.concepts.imaging import regions_in
from rag.clinical.concepts.matching import every_mention
from rag.clinical.facts.conditions import assertion_at
from rag.clinical.facts.note import Note, Sentence, read_note
from rag.clinical.facts.sides import side_of, sides_in
from rag.clinical.record.sides import are_opposite
from rag.clinical.stems import terms
from rag.core.facts import FactAssertion
from rag.core.pictures import ReportQuote, WantedImages
from rag.core.text import Span
from rag.core.types import Section
from rag.index.lexical import channel_of
from rag.index.translation import question_units

_WORD_WEIGHT = 0.5
"""Of a word beside 1 of a concept: it may stand there by chance. By hand."""
_LIKELY = 0.6
"""What a finding that is only supposed counts beside one that is affirmed: enough to be found, behind those.
By hand.
"""
_UNTOLD = frozenset({"reason", "advice", "plan", "family"})
"""Parts of a report that say what is looked for or to be done, not what is seen."""
_TELLING = ("diagnosis", "imaging")


@dataclass(frozen=True, slots=True)
class Description:
    """What one text says of what is asked: the share that it affirms, in [0, 1]; whether it denies the rest;
    the sentence that affirms most.
    """

    share: float
    is_denied: bool
    quote: ReportQuote | None


@dataclass(frozen=True, slots=True)
class DescribedText:
    """A text that describes pictures, read once. ``offset`` is where it begins in its document."""

    doc_id: str
    note: Note
    offset: int = 0
    by: str = ""

    def says(self, wanted: WantedImages) -> Description:
        """Return what the text says of the findings asked for."""
        findings = [_SoughtFinding.of_concept(one) for one in wanted.findings]
        findings += [
            _SoughtFinding.of_word(word, wanted.language, self.note.language) for word in wanted.words
        ]
        total = sum(finding.weight for finding in findings)
        if not total:
            return Description(0.0, False, self._most_telling(wanted))
        best: dict[int, float] = {}
        denied: set[int] = set()
        affirmed: set[int] = set()
        quotes: list[tuple[float, int, Sentence, FactAssertion]] = []
        for sentence in self._sentences():
            gained = 0.0
            told: FactAssertion = "present"
            for number, finding in enumerate(findings):
                stands = [self._stand(place, wanted) for place in finding.places(self.note, sentence)]
                credit = max((value for value, _, _ in stands), default=0.0)
                if stands and not credit:
                    denied.add(number)
                if wanted.is_absent and any(found == "present" for _, found, _ in stands):
                    affirmed.add(number)
                if credit:
                    told = next(found for value, found, _ in stands if value == credit)
                best[number] = max(best.get(number, 0.0), credit)
                gained += finding.weight * credit
            if gained:
                quotes.append((gained, -sentence.start, sentence, told))
        if affirmed:
            return Description(0.0, True, None)
        share = sum(finding.weight * best.get(number, 0.0) for number, finding in enumerate(findings)) / total
        is_denied = any(not best.get(number) for number in denied)
        if not quotes:
            return Description(0.0, is_denied, None)
        *_, sentence, told = max(quotes, key=lambda one: one[:2])
        return Description(share, is_denied, self._quote(sentence, told))

    def _stand(self, place: Span, wanted: WantedImages) -> tuple[float, FactAssertion, Span]:
        """Return what a finding at a place counts: 1 where it is affirmed, 0 where it is denied, past or on
        the other side; the other way round where its absence is asked for.
        """
        note = self.note
        assertion, _ = assertion_at(note, place, note.sentence_at(place[0]).end)
        if self._is_elsewhere(place, wanted):
            return 0.0, assertion, place
        counts = {"present": 1.0, "hypothesis": _LIKELY}
        if wanted.is_absent:
            counts = {"negated": 1.0}
        return counts.get(assertion, 0.0), assertion, place

    def _is_elsewhere(self, place: Span, wanted: WantedImages) -> bool:
        """Tell whether a finding is on the other side: by its own words, else by the only side of its
        sentence.
        """
        if not wanted.side:
            return False
        side, _ = side_of(self.note, place)
        if side:
            return are_opposite(wanted.side, side)
        sentence = self.note.sentence_at(place[0])
        named = {found for found, _ in sides_in(self.note, sentence.start, sentence.end)}
        return bool(named) and all(are_opposite(wanted.side, found) for found in named)

    def _sentences(self) -> Iterator[Sentence]:
        title = self.note.title
        for sentence in self.note.sentences:
            said = self.note.text[sentence.start : sentence.end].strip()
            if said and said != title and self.note.rooms.role(sentence.start) not in _UNTOLD:
                yield sentence

    def _most_telling(self, wanted: WantedImages) -> ReportQuote | None:
        """Return the sentence that concludes, or that names what is asked for, where no finding is."""
        ranked: list[tuple[tuple[bool, bool, int], Sentence]] = []
        for sentence in self._sentences():
            said = self.note.text[sentence.start : sentence.end]
            part = self.note.rooms.at(sentence.start)
            if len(said.split()) < 3 or (part is not None and sentence.end <= part.heading[1]):
                continue
            names = bool(set(regions_in(said)) & set(wanted.regions))
            concludes = self.note.rooms.role(sentence.start) == _TELLING[0]
            ranked.append(((concludes, names, -sentence.start), sentence))
        return self._quote(max(ranked, key=lambda one: one[0])[1], "present") if ranked else None

    def _quote(self, sentence: Sentence, assertion: FactAssertion) -> ReportQuote:
        start, end = sentence.start, sentence.end
        part = self.note.rooms.at(start)
        if part is not None and start <= part.heading[0] and part.heading[1] < end:
            start = part.heading[1]
        said = self.note.text[start:end]
        start += len(said) - len(said.lstrip(" :\n-•*#"))
        end = start + len(self.note.text[start:end].rstrip())
        return ReportQuote(
            self.doc_id,
            self.note.text[start:end],
            self.offset + start,
            self.offset + end,
            assertion,
            self.by,
        )


def described_text(
    doc_id: str,
    text: str,
    *,
    language: str,
    sections: Sequence[Section] = (),
    kind: str = "imaging_report",
    title: str = "",
    authored_at: str | None = None,
    offset: int = 0,
    by: str = "",
) -> DescribedText:
    """Read a report, or a caption that begins at ``offset`` of its document."""
    note = read_note(text, sections, language, kind, title, authored_at)
    return DescribedText(doc_id, note, offset, by)


@dataclass(frozen=True, slots=True)
class _SoughtFinding:
    """One thing that must be described: the concepts that name it, or the stems of a word in the language of
    the text, each of the ways to say it.
    """

    weight: float
    concepts: frozenset[str] = frozenset()
    stems: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of_concept(cls, concept_id: str) -> _SoughtFinding:
        return cls(1.0, frozenset({concept_id}))

    @classmethod
    def of_word(cls, word: str, language: str, spoken: str) -> _SoughtFinding:
        channel = channel_of(spoken)
        own = tuple(terms(word, channel))
        units = [stems for unit in question_units(word, language, channel) for stems in unit]
        return cls(_WORD_WEIGHT, stems=tuple(dict.fromkeys(stems for stems in (own, *units) if stems)))

    def places(self, note: Note, sentence: Sentence) -> Iterator[Span]:
        """Yield where a sentence names it."""
        said = note.text[sentence.start : sentence.end]
        if self.concepts:
            for one in every_mention(said):
                if one.concept_id in self.concepts or not self.concepts.isdisjoint(_broader(one.concept_id)):
                    yield sentence.start + one.start, sentence.start + one.end
            return
        channel = channel_of(note.language)
        for first in range(sentence.first, sentence.last):
            token = note.tokens[first]
            stem = terms(note.text[token.start : token.end], channel)
            if any(list(stems) == stem for stems in self.stems):
                yield token.start, token.end


@cache
def _broader(concept_id: str) -> frozenset[str]:
    """Return all that a concept is a kind of."""
    found: set[str] = set()
    waiting = [concept_id]
    while waiting:
        try:
            row = concept(waiting.pop())
        except KeyError:
            continue
        fresh = set(row.broader) - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found)


def kinds_of_concepts(wanted: Sequence[str]) -> frozenset[str]:
    """Return concepts with all that are a kind of them."""
    return frozenset(wanted) | frozenset(one for one in _all_ids() if not _broader(one).isdisjoint(wanted))


@cache
def _all_ids() -> tuple[str, ...]:
    from rag.clinical.concepts import concepts

    return tuple(row.id for row in concepts())
