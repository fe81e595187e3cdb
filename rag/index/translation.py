"""A question's search terms in every language: its own words, their synonyms by abbreviation, and their
translations.

A question meets a text of another language by names and numbers only, unless its words are translated. The
forms of the concepts are read once; what they lack is tried by regular endings (``cognates``). Passages are
indexed as they are: nothing here changes an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from rag.clinical.cognates import cognates
from rag.clinical.concepts import Concept, concepts
from rag.clinical.concepts.matching import also_words
from rag.clinical.stems import folded, stop_words, terms
from rag.core.types import SparseVector
from rag.index.lexical import CHANNELS, channel_of, term_id

TRANSLATED = 1.0
"""Weight of a translation beside 1 for a word of the question."""
OTHER_TRANSLATION = 0.7
COGNATE = 0.7
SYNONYM = 0.4
"""Weight of the full form of an abbreviation, and of the abbreviation of a full form, in the question's own
language.
"""

_WORD = re.compile(r"[^\W\d_]+")
_WORD_OR_NUMBER = re.compile(r"[^\W_]+")
_CAPITALS = re.compile(r"(?<![^\W_])[A-ZÉ][A-Z0-9É]+(?![^\W_])")

Stems = tuple[str, ...]
Unit = tuple[Stems, ...]
"""One thing a question names in a channel: the ways to say it, any of which will do; each is the stems of a
word or phrase.
"""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Concepts by the stems of each of their forms in one language, abbreviations by their capitals too.
    ``longest`` is the most stems.
    """

    rows: Mapping[Stems, tuple[tuple[str, Concept], ...]]
    longest: int


def encode_question(text: str, language: str, *, is_told: bool = True) -> Mapping[str, SparseVector]:
    """Return the weighted terms of a question in every channel where it has any.

    Words of the question weigh 1 in both channels; stop words of either language are left out. A question
    whose language nothing tells (``is_told`` false) is translated both ways.
    """
    weights: dict[str, dict[str, float]] = {channel: {} for channel in CHANNELS}
    for own in (channel_of(language),) if is_told else CHANNELS:
        for channel in CHANNELS:
            _raise(
                weights[channel],
                terms(text if channel == own else _without_stop_words(text, own), channel),
                1.0,
            )
        for channel, stems, weight in _expansions(text, own):
            _raise(weights[channel], stems, weight)
    return {channel: _vector(found) for channel, found in weights.items() if found}


def question_units(text: str, language: str, channel: str) -> list[Unit]:
    """Return what a question names, in its order and each once, as a passage of a channel may say it."""
    own = channel_of(language)
    if channel == own:
        return [((stem,),) for stem in dict.fromkeys(terms(text, channel))]
    return list(dict.fromkeys(unit for unit in _foreign_units(text, own, channel) if unit))


def _foreign_units(text: str, own: str, other: str) -> Iterator[Unit]:
    """Yield the translations of each form of the lexicon in a question; of other words the word itself and
    its cognates.
    """
    known: set[str] = set()
    translated: dict[Stems, list[Concept]] = {}
    for stems, _, row in _matches(text, own):
        known.update(stems)
        translated.setdefault(stems, []).append(row)
    for rows in translated.values():
        forms = (tuple(terms(form, other)) for row in rows for form in row.searched(other))
        yield tuple(dict.fromkeys(stems for stems in forms if stems))
    for word in _WORD_OR_NUMBER.findall(_without_stop_words(text, own)):
        if known.isdisjoint(terms(word, own)):
            forms = (tuple(terms(form, other)) for form in (word, *cognates(folded(word), own, other)))
            yield tuple(dict.fromkeys(stems for stems in forms if stems))


def _vector(weights: Mapping[str, float]) -> SparseVector:
    by_id: dict[int, float] = {}
    for term, weight in weights.items():
        number = term_id(term)
        by_id[number] = max(weight, by_id.get(number, 0.0))
    ordered = sorted(by_id.items())
    return SparseVector(tuple(number for number, _ in ordered), tuple(weight for _, weight in ordered))


def _raise(weights: dict[str, float], stems: Iterable[str], weight: float) -> None:
    for stem in stems:
        weights[stem] = max(weight, weights.get(stem, 0.0))


def _without_stop_words(text: str, language: str) -> str:
    return _WORD.sub(lambda found: " " if folded(found[0]) in stop_words(language) else found[0], text)


def _expansions(text: str, own: str) -> Iterator[tuple[str, Stems, float]]:
    """Yield what the concepts and the cognates add: channel, stems, weight of each stem."""
    others = [channel for channel in CHANNELS if channel != own]
    known: set[str] = set()
    for stems, form, row in _matches(text, own):
        known.update(stems)
        yield from (expansion for other in others for expansion in _translations(row, other))
        yield from _synonyms(row, form, own)
    for word in dict.fromkeys(folded(found[0]) for found in _WORD.finditer(text)):
        if word not in stop_words(own) and known.isdisjoint(terms(word, own)):
            yield from (
                (other, tuple(terms(form, other)), COGNATE)
                for other in others
                for form in cognates(word, own, other)
            )


def _translations(row: Concept, other: str) -> Iterator[tuple[str, Stems, float]]:
    for number, translation in enumerate(row.searched(other)):
        found = tuple(terms(translation, other))
        yield other, found, (OTHER_TRANSLATION if number else TRANSLATED) / max(1, len(found)) ** 0.5


def _synonyms(row: Concept, form: str, own: str) -> Iterator[tuple[str, Stems, float]]:
    """Yield the full forms of an abbreviation, and the abbreviations of a full form."""
    for synonym in row.searched(own):
        if synonym != form and synonym.isupper() != form.isupper():
            found = tuple(terms(synonym, own))
            yield own, found, SYNONYM / max(1, len(found)) ** 0.5


def _matches(text: str, own: str) -> Iterator[tuple[Stems, str, Concept]]:
    """Yield the rows that the question names, the longest forms first in each place; forms do not overlap."""
    lexicon = _lexicon(own)
    capitals = frozenset() if text.isupper() else frozenset(_CAPITALS.findall(text))
    for word in sorted(capitals):
        yield from (((), form, row) for form, row in lexicon.rows.get((word,), ()))
    stems = terms(text, own)
    place = 0
    while place < len(stems):
        for length in range(min(lexicon.longest, len(stems) - place), 0, -1):
            part = tuple(stems[place : place + length])
            found = [(form, row) for form, row in lexicon.rows.get(part, ()) if _is_meant(form)]
            if found:
                yield from ((part, form, row) for form, row in found)
                place += length - 1
                break
        place += 1


def _is_meant(form: str) -> bool:
    """Whether a form that matches in any case is meant. A short abbreviation must stand in capitals, which
    are looked up apart.
    """
    plain = form.casefold()
    return not form.isupper() or (len(plain) > 2 and plain not in also_words())


@cache
def _lexicon(language: str) -> _Lexicon:
    rows: dict[Stems, dict[str, tuple[str, Concept]]] = {}
    for row in concepts():
        for form in row.searched(language) if "search" in row.uses else ():
            if form.isupper():  # in capitals it is known even where it is a stop word in lower case (AIT)
                rows.setdefault((form,), {}).setdefault(row.id, (form, row))
            if stems := tuple(terms(form, language)):
                rows.setdefault(stems, {}).setdefault(row.id, (form, row))
    return _Lexicon({stems: tuple(found.values()) for stems, found in rows.items()}, max(map(len, rows)))
