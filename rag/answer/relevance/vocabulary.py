"""What the relevance gate knows of words: how much each says, which phrases mean the same, which name one of
a kind.

All comparisons are made on the stems of ``rag.clinical.stems``, so that a word counts here as it counts in
search. The tables are data (``groups.toml``, which concepts go together; ``relevance_words.toml``, how common
a stem is in clinical prose), read once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NotRequired, TypedDict, cast

from rag.clinical.concepts import concept, concepts, kinds_of
from rag.clinical.concepts.matching import is_abbreviation
from rag.clinical.drugs import has_drug_ending
from rag.clinical.folding import spelled
from rag.clinical.languages import data
from rag.clinical.stems import terms
from rag.index.lexical import CHANNELS
from rag.retrieve.tuning import tuning

_SHORTEST_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class AskedThing:
    """A thing that is asked for in some phrases and stated in others. ``is_asked_thing``: an examination, a
    drug, an act, a kind of these.
    """

    name: str
    is_asked_thing: bool
    asked: frozenset[str]
    told: str
    """A pattern over stems joined by ``joined``."""

    def is_told_in(self, text: str) -> bool:
        """Whether stems joined as text tell of the thing."""
        return _compiled(self.told).search(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Patterns are compiled when a question first needs them: all of them would take most of a second."""
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class GateVocabulary:
    """The tables, ready for use. ``phrases`` finds the groups that a phrase of stems asks for."""

    phrases: Mapping[str, tuple[AskedThing, ...]]
    longest: int
    fillers: Mapping[str, frozenset[str]]
    weights: Mapping[str, Mapping[str, float]]

    def weight(self, stem: str, language: str) -> float:
        """Return how much a stem says, from the weight of a filler to that of a rare word."""
        if stem in self.fillers[language]:
            return tuning().words.filler
        return self.weights[language].get(stem, tuning().words.rare)


def joined(stems: Iterable[str]) -> str:
    """Return stems as one text that group patterns can be searched in: `` stem stem ``."""
    return f" {' '.join(stems)} "


def is_drug(stem: str) -> bool:
    """Whether a stem ends as international non-proprietary names of drug classes do."""
    return has_drug_ending(stem)


@cache
def load_vocabulary() -> GateVocabulary:
    """Read the tables."""
    table = cast("_GroupsFile", _read("groups.toml"))
    synonyms = [
        _group(name, told := _phrases(phrases), told, is_asked_thing=section is not table["context"])
        for section in (table["tests"], table["treatments"], table["context"])
        for name, phrases in section.items()
    ]
    kinds = [_kind(name, kind) for name, kind in table["kinds"].items()]
    named = [_forms_of(concept_id) for concept_id in table["pairs"]["of"]]
    pairs = [
        _group(words[0], words, words, is_asked_thing=False)
        for words in (*named, *map(_pair, _lines(table["pairs"]["words"])))
    ]
    words = cast("dict[str, dict[str, str]]", _read("relevance_words.toml"))
    tiers = tuning().words.tiers
    phrases: dict[str, tuple[AskedThing, ...]] = {}
    for group in (*synonyms, *kinds, *pairs):
        for phrase in group.asked:
            phrases[phrase] = (*phrases.get(phrase, ()), group)
    return GateVocabulary(
        phrases=phrases,
        longest=max(phrase.count(" ") + 1 for phrase in phrases),
        fillers={code: frozenset(terms(data(code, "fillers").get("fillers", ""), code)) for code in CHANNELS},
        weights={
            code: {stem: tiers[tier] for tier, stems in words.get(code, {}).items() for stem in stems.split()}
            for code in CHANNELS
        },
    )


class _Phrases(TypedDict):
    """Concepts by id, and phrases that stand for them."""

    of: list[str]
    also: list[str]


class _Kind(TypedDict):
    asked: _Phrases
    told: _Phrases
    under: NotRequired[list[str]]


class _Pairs(TypedDict):
    of: list[str]
    words: str


class _GroupsFile(TypedDict):
    """The layout of ``groups.toml``."""

    tests: dict[str, _Phrases]
    treatments: dict[str, _Phrases]
    context: dict[str, _Phrases]
    kinds: dict[str, _Kind]
    pairs: _Pairs


def _read(name: str) -> object:
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


def _group(name: str, asked: Sequence[str], told: Sequence[str], *, is_asked_thing: bool) -> AskedThing:
    forms = {form for phrase in told for form in _forms(phrase)}
    pattern = rf" (?:{'|'.join(sorted(forms, key=lambda form: (-len(form), form)))}) "
    return AskedThing(
        name,
        is_asked_thing,
        frozenset(form for phrase in asked if "*" not in phrase for form in _stemmed(phrase)),
        pattern,
    )


def _phrases(row: _Phrases) -> list[str]:
    return [*(form for concept_id in row["of"] for form in _forms_of(concept_id)), *row["also"]]


def _kind(name: str, row: _Kind) -> AskedThing:
    below = {
        found.id
        for found in concepts()
        for above in row.get("under", ())
        if found.id != above and above in kinds_of(found.id)
    }
    asked = _phrases(row["asked"])
    told = [
        *asked,
        *_phrases(row["told"]),
        *(form for concept_id in sorted(below) for form in _forms_of(concept_id)),
    ]
    return _group(name, asked, told, is_asked_thing=True)


def _forms_of(concept_id: str) -> list[str]:
    """Return the forms of a concept in every language; abbreviations of two letters are too often another
    word.
    """
    forms = (form for forms in concept(concept_id).forms.values() for form in forms)
    return [
        form
        for form in forms
        if not is_abbreviation(form) or sum(char.isalpha() for char in form) >= _SHORTEST_ABBREVIATION
    ]


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _pair(line: str) -> list[str]:
    french, english = line.split("=")
    return [*french.split("/"), *english.split("/")]


def _forms(phrase: str) -> set[str]:
    """A phrase as a pattern over French and over English stems; ``*`` in a word stands for any letters."""
    if "*" in phrase:
        folded = spelled(phrase)
        # Stemming may take the last vowel: *floxacine must still meet "ofloxacin".
        return {
            re.escape(folded).replace(r"\*", r"\w*").removesuffix("e")
            + ("" if folded.endswith("*") else "e?")
        }
    return {re.escape(form) for form in _stemmed(phrase)}


def _stemmed(phrase: str) -> set[str]:
    return {form for language in CHANNELS if (form := " ".join(terms(phrase, language)))}
