"""A note read once for all kinds of facts: its sentences, parts, times, concepts, and what is said of
whom.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.clinical.assertion.reach import Reach, Stand, reaches_in, stand_of
from rag.clinical.assertion.sections import NoteLine, Rooms, lines_of, parts_of
from rag.clinical.concepts import Mention, concept, mentions
from rag.clinical.facts.subjects import Foreign, child_spans, foreign_blocks, is_maternal
from rag.clinical.folding import flat
from rag.clinical.languages import common_words_of, served
from rag.clinical.phrases import Token, phrases_in, tokens_of
from rag.clinical.stems import folded, stop_words
from rag.clinical.times.periods import Anchors, When, whens_in
from rag.core.text import Span, sentence_spans
from rag.core.types import Section

SURE, LIKELY, UNSURE, DOUBTFUL = 0.95, 0.8, 0.6, 0.4
"""Confidence by hand: stated with all its parts; one part supplied by the place; its time unknown; another
reading is as good.
"""

_SHORTEST_NAME, _LONGEST_SMALL_WORD = 4, 6
_LETTER_K = re.compile(r"(?:\d\s|(?<!\w))(?P<k>[Kk])(?=\s?[:=]?\s?\d[.,]\d(?!\d))")
_LETTER_T = re.compile(
    r"(?<!\w)T°(?=\s?[:=]?\s?\d{2}(?:[.,]\d)?(?!\d))|(?<!\w)t(?=\s?[:=à]?\s?(?:3[4-9]|4[0-2])(?:[.,]\d)?(?![\d/]|\s?(?:mg|g|ui)\b))"
)
_GROUP = re.compile(r"\b[Gg]roupe(?:\s?:)?(?=\s(?:AB|A|B|O)\b\s?(?:[Rr]h|\+|-|positif|négatif))")
_PAIN = re.compile(
    r"(?<!\w)(?:pain|douleurs?)"
    r"(?=\s?(?::|=|a|cotee? a|evaluee? a|at|rated|score)?\s?(?:10|\d)\s?(?:/|sur)\s?10(?!\d))"
)
_BORN = re.compile(
    r"\b(?:garcon|fille|enfant|nouveau-?nee?|bebe|boy|girl|baby|infant|newborn)"
    r"(?=\s?,?\s?(?:de |of )?[1-6][ .,]?\d{3}\s?g\b)"
)
"""A child named right before its weight, as reports of births write it: ``garçon, 3480 g``."""
_RESULTS = re.compile(
    r"\b(?:na|creat\w*|uree|urea|cr|hb|hgb|plaq\w*|gfr|dfg|crp|sodium|calcemie|nt-probnp|bnp)\b"
)
"""Tests beside which a single K is potassium."""
_LINE_BREAK = re.compile(r"\n(?=[ \t]*(?:[A-ZÀ-Ý\d\-•*|#☐☒\[]))")
_ANY_BREAK = re.compile(r"\n")
_CAPITAL = re.compile(r"[a-zà-ÿ][.!?]\s+[A-ZÀ-Ý][a-zà-ÿ]")
"""A sentence that begins with a capital after a stop."""
_SHORTEST_LINE, _MOST_LINES = 3, 0.6
_ROLE_ASSERTS = {"family": "family", "history": "history", "hypotheses": "hypothesis", "advice": "hypothesis"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its span, its tokens (half-open), what its cues govern, and the language it is in."""

    start: int
    end: int
    first: int
    last: int
    reaches: tuple[Reach, ...]
    language: str


@dataclass(frozen=True, slots=True)
class NamedConcept:
    """A concept at a place; ``others`` are further readings of the same words."""

    concept: str
    kind: str
    start: int
    end: int
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A document as the extraction reads it. Offsets of everything are those of ``text`` and of ``plain``,
    its flat twin.
    """

    text: str
    plain: str
    language: str
    kind: str
    title: str
    authored_at: str | None
    tokens: tuple[Token, ...]
    lines: tuple[NoteLine, ...]
    sentences: tuple[Sentence, ...]
    rooms: Rooms
    whens: tuple[When, ...]
    anchors: Anchors
    named: tuple[NamedConcept, ...]
    measured: tuple[NamedConcept, ...]
    """What may be measured; of several readings of an abbreviation, one that is measured comes first."""
    foreign: Foreign
    children: Foreign
    """What a mother's note says of the child that she bore; empty elsewhere."""
    is_maternal: bool
    starts: tuple[int, ...]
    line_starts: tuple[int, ...]
    token_starts: tuple[int, ...]

    def of_kind(self, *kinds: str) -> Iterator[NamedConcept]:
        """Yield the concepts of some kinds, in order."""
        return (named for named in self.named if named.kind in kinds)

    def sentence_at(self, position: int) -> Sentence:
        """Return the sentence that holds a place, or the last before it."""
        return self.sentences[max(0, bisect_right(self.starts, position) - 1)]

    def line_at(self, position: int) -> NoteLine:
        """Return the line that holds a place."""
        return self.lines[max(0, bisect_right(self.line_starts, position) - 1)]

    def stand(self, span: Span) -> Stand:
        """Return what is said of the thing at a span, by its sentence first and by the part of the note where
        that says nothing.
        """
        said = stand_of(self.sentence_at(span[0]).reaches, span)
        role = self.rooms.role(span[0])
        default = _ROLE_ASSERTS.get(role)
        if default == "family" and self._is_of_patient(span[0]):
            default = "history"
        if default is None or said.assertion == "family":
            return said
        if default == "family":
            return replace(said, assertion="family", relation=said.relation or "family")
        if said.assertion == "present":
            return replace(said, assertion=default, is_conditional=role == "advice" or said.is_conditional)  # type: ignore[arg-type]
        return said

    def _is_of_patient(self, position: int) -> bool:
        """Tell whether a sentence among those on relatives is the patient's own: ``Personnels : asthme``."""
        sentence = self.sentence_at(position)
        first = next(
            phrases_in(self.tokens, sentence.language, "family", sentence.first, sentence.last), None
        )
        return first is not None and first.name == "patient.rows" and first.first == sentence.first

    def tokens_in(self, start: int, end: int) -> Span:
        """Return the range of tokens that begin between two places."""
        return bisect_left(self.token_starts, start), bisect_left(self.token_starts, end)

    def quote(self, start: int, end: int) -> str:
        """Return the words at a span."""
        return self.text[start:end]


def read_note(
    text: str, sections: Sequence[Section], language: str, kind: str, title: str, authored_at: str | None
) -> Note:
    """Read a document once."""
    plain = flat(text)
    spoken = language if language in served() else "fr"
    tokens = tokens_of(plain)
    lines = lines_of(text, tokens)
    rooms = Rooms(parts_of(text, tokens, lines, spoken, sections))
    whens, anchors = whens_in(plain, authored_at, spoken, kind)
    sentences = tuple(_sentences(text, tokens, spoken, rooms))
    named = tuple(
        sorted([*_named(mentions(text), spoken), *_letters(text, plain, lines)], key=lambda one: one.start)
    )
    measured = tuple(found for one in named if (found := _measured(one)) is not None)
    starts, line_starts = tuple(sentence.start for sentence in sentences), tuple(line.start for line in lines)
    foreign = foreign_blocks(text, plain, whens)
    maternal = is_maternal(plain, kind)
    return Note(
        text,
        plain,
        spoken,
        kind,
        title,
        authored_at,
        tokens,
        lines,
        sentences,
        rooms,
        whens,
        anchors,
        named,
        measured,
        foreign,
        child_spans(plain) if maternal else Foreign(),
        maternal,
        starts,
        line_starts,
        tuple(token.start for token in tokens),
    )


def _is_without_capitals(text: str) -> bool:
    """Tell whether a note is typed without capitals and stops: there each line is a sentence of its own."""
    if _CAPITAL.search(text):
        return False
    lines = [line for line in text.splitlines() if len(line.split()) >= _SHORTEST_LINE]
    return sum(line.lstrip(" -*•")[:1].islower() for line in lines) > len(lines) * _MOST_LINES


def _sentences(text: str, tokens: tuple[Token, ...], language: str, rooms: Rooms) -> Iterator[Sentence]:
    index, total = 0, len(tokens)
    for start, end in _sentence_spans(text):
        while index < total and tokens[index].start < start:
            index += 1
        first = index
        while index < total and tokens[index].start < end:
            index += 1
        if index > first:
            spoken = _language_of(tokens, first, index, language)
            reaches = tuple(reaches_in(tokens, (first, index), spoken, rooms.role(start) == "history", text))
            yield Sentence(start, end, first, index, reaches, spoken)


def _sentence_spans(text: str) -> Iterator[Span]:
    line_break = _ANY_BREAK if _is_without_capitals(text) else _LINE_BREAK
    for start, end in sentence_spans(text):
        last = start
        for found in line_break.finditer(text, start, end):
            yield last, found.start()
            last = found.end()
        yield last, end


def _language_of(tokens: tuple[Token, ...], first: int, last: int, language: str) -> str:
    """Return the language of a sentence: that of the note, unless the small words of another are plainly
    more.
    """
    words = [token.word for token in tokens[first:last]]
    counts = {code: sum(word in common_words_of(code, "small") for word in words) for code in served()}
    own = counts.get(language, 0)
    other = max((code for code in counts if code != language), key=counts.__getitem__, default=language)
    return other if counts[other] > own and counts[other] >= 1 + (own > 0) else language


def _measured(named: NamedConcept) -> NamedConcept | None:
    if named.kind in ("lab", "vital"):
        return named
    readings = (named.concept, *named.others)
    chosen = next((reading for reading in named.others if concept(reading).kind in ("lab", "vital")), None)
    if chosen is None:
        return None
    return NamedConcept(
        chosen,
        concept(chosen).kind,
        named.start,
        named.end,
        tuple(reading for reading in readings if reading != chosen),
    )


def _letters(text: str, plain: str, lines: Sequence[NoteLine]) -> Iterator[NamedConcept]:
    """Yield single letters that only their number tells: potassium between other results (``Na 137 K 3,9``),
    a temperature (``T°37,2``).
    """
    for found in _LETTER_T.finditer(text):
        yield NamedConcept("temperature", "vital", found.start(), found.end())
    for found in _BORN.finditer(plain):
        yield NamedConcept("birth_weight", "vital", found.start(), found.end())
    for found in _GROUP.finditer(text):
        yield NamedConcept("blood_group", "lab", found.start(), found.end())
    for found in _PAIN.finditer(plain):
        yield NamedConcept("pain_score", "vital", found.start(), found.end())
    for line in lines:
        if _RESULTS.search(plain, line.start, line.end):
            for found in _LETTER_K.finditer(text, line.start, line.end):
                yield NamedConcept("potassium", "lab", found.start("k"), found.end("k"))


def _is_small_word(mention: Mention, language: str) -> bool:
    """Tell whether a mention is a word of the language that only looks like an abbreviation (``did``,
    ``tous``, ``three``).
    """
    if not mention.text.islower() or len(mention.text) > _LONGEST_SMALL_WORD:
        return False
    word = folded(mention.text)
    if concept(mention.concept_id).kind in ("lab", "vital"):
        return False  # in lower case it was taken for one because a number follows
    if len(word) <= _SHORTEST_NAME and (word in stop_words("fr") or word in stop_words("en")):
        return True
    spoken = concept(mention.concept_id).forms
    forms = [form for forms in spoken.values() for form in forms]
    written = any(not form.isupper() and folded(form)[:3] == word[:3] for form in forms)
    abbreviated = [folded(form) for form in forms if form.isupper() and folded(form)[:3] == word[:3]]
    own = [folded(form) for form in spoken.get(language, ()) if form.isupper()]
    return bool(abbreviated) and not written and not any(word in (form, form + "s") for form in own)


def _named(mentioned: Sequence[Mention], language: str) -> Iterator[NamedConcept]:
    found = [
        mention
        for mention in mentioned
        if not _is_small_word(mention, language) and not _is_foreign_abbreviation(mention, language)
    ]
    index = 0
    while index < len(found):
        same = [mention for mention in found[index : index + 8] if mention.start == found[index].start]
        index += len(same)
        same = [mention for mention in same if _is_exact(mention)] or same
        first = same[0]
        yield NamedConcept(
            first.concept_id,
            concept(first.concept_id).kind,
            first.start,
            first.end,
            tuple(mention.concept_id for mention in same[1:]),
        )


def _is_foreign_abbreviation(mention: Mention, language: str) -> bool:
    """Tell whether the two to four capitals of an illness are an abbreviation of the other language alone:
    ``HD#3`` is no *hémorragie digestive*. Those of results show what they are by their values.
    """
    row = concept(mention.concept_id)
    if row.kind not in ("condition", "symptom") or not _CAPITALS.fullmatch(mention.text):
        return False
    own = row.forms.get(language, ())
    return bool(own) and mention.text not in own and mention.text.lower() not in own


_CAPITALS = re.compile(r"[A-Z]{2,4}")


def _is_exact(mention: Mention) -> bool:
    """Tell whether a concept is written as in the table: of two readings, ``AINS`` is not the plural of
    ``AIN``.
    """
    return any(mention.text in forms for forms in concept(mention.concept_id).forms.values())
