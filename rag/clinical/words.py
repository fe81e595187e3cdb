"""Words of a text with the keys under which they meet the same word elsewhere: another form, the other
language, an abbreviation.

A claim and its premise may be in different languages, so a word carries several keys (its stems in French and
English, a form shared by words of common origin, the concepts that it names); two words meet where they share
one. No language is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from rag.clinical.concepts import concept, concepts
from rag.clinical.concepts.matching import every_mention
from rag.clinical.folding import flat as flat
from rag.clinical.folding import fold as fold
from rag.clinical.languages import common_words, language, served
from rag.clinical.measures.units import as_written, unit_at
from rag.clinical.stemming import stem
from rag.core.text import Span, sentence_spans

_WORD = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+")
_MARKER = re.compile(r"\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_CLAUSE_BREAK = re.compile(
    r"[;:|()\n]|\.(?=\s|$)|,(?!\d)|\s[–—-]\s|\b(?:mais|puis|tandis que|alors"
    r" que|cependant|toutefois|sauf|hormis|et|ou|qui"
    r"|but|then|while|whereas|however|although|except|and|or|which)\b",
    re.IGNORECASE,
)
_ORIGIN_SPELLING = (
    ("ph", "f"),
    ("th", "t"),
    ("rh", "r"),
    ("oe", "e"),
    ("ae", "e"),
    ("y", "i"),
    ("qu", "c"),
    ("k", "c"),
)
_ORIGIN_ENDINGS = {
    "at": ("ations", "ation"), "it": ("itis", "ite"), "os": ("osis", "ose"), "ic": ("iques", "ique", "ical"),
    "ous": ("euses", "euse", "eux", "ous"), "ar": ("aires", "aire", "ary"), "iv": ("ives", "ive", "ifs",
    "if"), "in": ("ines", "ine"),
    "om": ("omes", "ome", "oma"), "ism": ("isme", ), "anc": ("ance", "ence", "ency"), "al": ("elle", "el",
    "ale", "aux"),
    "i": ("ies", "ie", "ia"), "": ("ees", "ee", "es", "us", "um", "e", "s", "a"),
}  # fmt: skip
"""Endings by the form they are reduced to; the first that fits is taken."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word: its span, lower-case form without accents, keys, and weight (0 for a word that says nothing
    alone).
    """

    text: str
    folded: str
    start: int
    end: int
    keys: frozenset[str]
    weight: float

    def meets(self, other: Term) -> bool:
        """Tell whether two words may stand for the same thing."""
        return not self.keys.isdisjoint(other.keys)


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text cut into sentences and words; offsets are those of ``text`` and of ``plain``, its twin in lower
    case without accents.
    """

    text: str
    plain: str
    sentences: tuple[Span, ...]
    terms: tuple[Term, ...]

    def inside(self, span: Span) -> tuple[Term, ...]:
        """Return the words of a span, in order."""
        return tuple(term for term in self.terms if span[0] <= term.start < span[1])

    def sentence_of(self, position: int) -> Span:
        """Return the sentence that holds a position (the last one that starts before it)."""
        return next((span for span in reversed(self.sentences) if span[0] <= position), (0, len(self.text)))


def read(text: str) -> ReadText:
    """Cut a text into sentences and words. Citation markers (``[3]``) are blanked: they are no part of what
    is said.
    """
    text = _MARKER.sub(lambda found: " " * len(found[0]), text)
    return ReadText(text, flat(text), tuple(sentence_spans(text)), tuple(_terms(text)))


def clauses(text: str, start: int, end: int) -> list[Span]:
    """Cut a span at punctuation and conjunctions; decimals stay whole."""
    cuts = [start, *(found.start() for found in _CLAUSE_BREAK.finditer(text, start, end)), end]
    return [(first, last) for first, last in pairwise(cuts) if first < last]


def coverage(part: Iterable[Term], whole: Iterable[Term]) -> float:
    """Return the share of the weight of ``part`` whose words are met in ``whole``; 1.0 where ``part`` weighs
    nothing.
    """
    keys = frozenset().union(*(term.keys for term in whole))
    weights = [(term.weight, not term.keys.isdisjoint(keys)) for term in part if term.weight]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, met in weights if met) / total if total else 1.0


def _terms(text: str) -> Iterable[Term]:
    found = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    folded = [fold(word) for word, _, _ in found]
    named = _concepts_in(text, [(start, end) for _, start, end in found])
    for index, (word, start, end) in enumerate(found):
        keys = word_keys(word.lower()) | named.get(index, frozenset())
        yield Term(word, folded[index], start, end, keys, _weight(word, folded[index]))


@lru_cache(maxsize=20_000)
def word_keys(word: str) -> frozenset[str]:
    """Return the keys of a lower-case word, its concepts left out."""
    if not any(char.isalpha() for char in word):
        return frozenset({"n:" + word.replace(",", ".")})
    folded = fold(word)
    if folded in common_words("empty") or len(folded) < 3:
        return frozenset({"w:" + folded})
    stems = {f"s:{fold(stem(form, language(code).stemmer))}" for code in served() for form in (word, folded)}
    return frozenset({"w:" + folded, *stems, *({"o:" + common_form(folded)} if len(folded) > 4 else ())})


def common_form(folded: str) -> str:
    """Return the form that French and English words of one origin share: ``thrombose`` and ``thrombosis``
    give ``trombos``.
    """
    for written, plain in _ORIGIN_SPELLING:
        folded = folded.replace(written, plain)
    fitting = (
        (ending, plain)
        for plain, endings in _ORIGIN_ENDINGS.items()
        for ending in endings
        if folded.endswith(ending)
    )
    ending, plain = next(
        ((ending, plain) for ending, plain in fitting if len(folded) - len(ending) >= 3), ("", "")
    )
    return re.sub(r"(.)\1", r"\1", folded.removesuffix(ending) + plain)


@cache
def dimension_of(key: str) -> str | None:
    """Return the only dimension in which a concept is measured, None where there are several or it is not
    known.
    """
    measures = concept(key.removeprefix("k:")).measured_in
    dimensions = {unit_at(as_written(measure.unit), 0).dimension for measure in measures} - {""}
    return dimensions.pop() if len(dimensions) == 1 else None


def measured_concepts() -> frozenset[str]:
    """Return the keys of the concepts that are measured: analytes and vital signs."""
    return frozenset(f"k:{row.id}" for kind in ("lab", "vital") for row in concepts(kind))


def _concepts_in(text: str, places: Sequence[Span]) -> dict[int, frozenset[str]]:
    """Return the concepts of each word by its place: every form that covers it, single words and sequences.

    A word alone stands for what its concept is a kind of too (*IRC*, *insuffisance rénale*). A sequence does
    not, or *sein* would meet *poumon* through the cancer of each; nor does a drug: two of one class are not
    the same.
    """
    starts = {start: index for index, (start, _) in enumerate(places)}
    found: dict[int, set[str]] = {}
    for mention in every_mention(text):
        index = starts.get(mention.start)
        while index is not None and index < len(places) and places[index][0] < mention.end:
            found.setdefault(index, set()).update(
                _keys(mention.concept_id, mention.end == places[starts[mention.start]][1])
            )
            index += 1
    return {index: frozenset(keys) for index, keys in found.items()}


@cache
def _keys(concept_id: str, is_word: bool) -> frozenset[str]:
    row = concept(concept_id)
    names = (concept_id, *(row.broader if is_word and not row.kind.startswith("drug") else ()))
    return frozenset(f"k:{name}" for name in names if "guard" in concept(name).uses)


def _weight(word: str, folded: str) -> float:
    if folded in common_words("empty"):
        return 0.0
    if any(char.isdigit() for char in word):
        return 2.0
    if len(folded) == 1:
        return 0.0
    if word.isupper() and len(word) <= 6:
        return 1.4
    if folded in common_words("generic"):
        return 0.3
    return 0.6 if len(folded) <= 4 else 0.9 if len(folded) <= 6 else 1.2 if len(folded) <= 9 else 1.5
