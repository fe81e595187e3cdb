"""What the relevance gate knows of words: how much each says, which phrases mean the same, which name one of a kind.

All comparisons are made on the stems of ``rag.clinical.stems``, so that a word counts here as it counts in search. The tables are data
(``relevance_terms.toml``, written by hand; ``relevance_words.toml``, how common a stem is in clinical prose) and are read once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypedDict, cast

from rag.clinical.folding import spelled
from rag.clinical.stems import terms
from rag.index.lexical import CHANNELS

FILLER_WEIGHT = 0.1
RARE_WEIGHT = 1.0
_TIERS = {"very_common": 0.35, "common": 0.5, "frequent": 0.65, "known": 0.8}

_DRUG_STEM = re.compile(
    r"\w+(?:xaban|gatran|parin|cillin|floxacin|mycin|micin|ericin|cyclin|penem|azol|[aio]vir|pril|sartan|olol|dipin|statin|gliptin|"
    r"gliflozin|glitazon|glutid|formin|zepam|zolam|azepin|racetam|barbital|oxetin|tinib|ciclib|zomib|mab|platin|taxel|rubicin|citabin|"
    r"trexat|coxib|profen|fentan[iy]l|ocain|racain|vacain|setron|prazol|thiazid|semid|lukast|buterol|moterol|nison|tison|thason|olon|triptan|"
    r"dronat|fibrat|poetin|grel(?:or)?|parib|limus|tidin|zosin|curonium|fluran|stigmin|tropium|fungin|vaptan|sentan|nafil|phyllin|dazol|[bhmnr]azin)e?"
)


@dataclass(frozen=True, slots=True)
class Group:
    """A thing that is asked for by some phrases and told by others. ``is_asked_thing``: an examination, a drug, an act, a kind of these."""

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
class Vocabulary:
    """The tables, ready for use. ``phrases`` finds the groups that a phrase of stems asks for."""

    phrases: Mapping[str, tuple[Group, ...]]
    longest: int
    fillers: Mapping[str, frozenset[str]]
    weights: Mapping[str, Mapping[str, float]]

    def weight(self, stem: str, language: str) -> float:
        """Return how much a stem says, from ``FILLER_WEIGHT`` to ``RARE_WEIGHT``."""
        if stem in self.fillers[language]:
            return FILLER_WEIGHT
        return self.weights[language].get(stem, RARE_WEIGHT)


def joined(stems: Iterable[str]) -> str:
    """Return stems as one text that group patterns can be searched in: `` stem stem ``."""
    return f" {' '.join(stems)} "


def is_drug(stem: str) -> bool:
    """Whether a stem ends as international non-proprietary names of drug classes do (WHO stem list, the common ones)."""
    return _DRUG_STEM.fullmatch(stem) is not None


@cache
def load_vocabulary() -> Vocabulary:
    """Read the tables."""
    table = cast("_Table", _read("relevance_terms.toml"))
    synonyms = [
        _group(name, phrases, phrases, is_asked_thing=section is not table["context"])
        for section in (table["tests"], table["treatments"], table["context"])
        for name, phrases in section.items()
    ]
    kinds = [_group(name, kind["asked"], [*kind["asked"], *kind["told"]], is_asked_thing=True) for name, kind in table["kinds"].items()]
    pairs = [_pair(line) for line in table["pairs"]["words"].split("\n") if line]
    words = cast("dict[str, dict[str, str]]", _read("relevance_words.toml"))
    phrases: dict[str, tuple[Group, ...]] = {}
    for group in (*synonyms, *kinds, *pairs):
        for phrase in group.asked:
            phrases[phrase] = (*phrases.get(phrase, ()), group)
    return Vocabulary(
        phrases=phrases,
        longest=max(phrase.count(" ") + 1 for phrase in phrases),
        fillers={language: frozenset(terms(table["fillers"][language], language)) for language in CHANNELS},
        weights={
            language: {stem: _TIERS[tier] for tier, stems in words[language].items() for stem in stems.split()} for language in CHANNELS
        },
    )


class _Kind(TypedDict):
    asked: list[str]
    told: list[str]


class _Table(TypedDict):
    """The layout of ``relevance_terms.toml``."""

    tests: dict[str, list[str]]
    treatments: dict[str, list[str]]
    context: dict[str, list[str]]
    kinds: dict[str, _Kind]
    pairs: dict[str, str]
    fillers: dict[str, str]


def _read(name: str) -> object:
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


def _group(name: str, asked: Sequence[str], told: Sequence[str], *, is_asked_thing: bool) -> Group:
    forms = {form for phrase in told for form in _forms(phrase)}
    pattern = rf" (?:{'|'.join(sorted(forms, key=lambda form: (-len(form), form)))}) "
    return Group(name, is_asked_thing, frozenset(form for phrase in asked if "*" not in phrase for form in _stemmed(phrase)), pattern)


def _pair(line: str) -> Group:
    french, english = line.split("=")
    words = [*french.split("/"), *english.split("/")]
    return _group(words[0], words, words, is_asked_thing=False)


def _forms(phrase: str) -> set[str]:
    """A phrase as a pattern over French and over English stems; ``*`` in a word stands for any letters."""
    if "*" in phrase:
        folded = spelled(phrase)
        # Stemming may take the last vowel: *floxacine must still meet "ofloxacin".
        return {re.escape(folded).replace(r"\*", r"\w*").removesuffix("e") + ("" if folded.endswith("*") else "e?")}
    return {re.escape(form) for form in _stemmed(phrase)}


def _stemmed(phrase: str) -> set[str]:
    return {form for language in CHANNELS if (form := " ".join(terms(phrase, language)))}
