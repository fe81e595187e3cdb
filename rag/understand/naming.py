"""The things that a question names: concepts of the table, words with a typing error set right, and words
that are in no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.clinical.concepts import Mention, concept, concepts, mentions
from rag.clinical.drugs import drugs_in
from rag.clinical.folding import flat, fold
from rag.clinical.times.dates import dates_in
from rag.clinical.words import read
from rag.core.text import Span
from rag.understand.cues import NAMING_NOTHING, fillers
from rag.understand.cues import found as cue_places
from rag.understand.spelling import closest
from rag.understand.times import bare_months
from rag.understand.values import Named

_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3
_TOPICS = {"tobacco": "lifestyle", "alcohol": "lifestyle", "culture": "lab"}
"""What a question may speak of by a cue alone, and the sort of thing it is."""
_AS_CLASS = {
    "antibiotic_prophylaxis": "antibiotic",
    "antibiotic_therapy": "antibiotic",
    "corticosteroid_therapy": "corticosteroid",
    "thromboprophylaxis": "anticoagulant",
}
"""Treatments that are named by what is given: a question of them asks for the drug."""
_PURPOSES = {"antibiotic_prophylaxis": "prophylaxie", "thromboprophylaxis": "prophylaxie"}


@dataclass(frozen=True, slots=True)
class Naming:
    """What a text names, and the folded words that say something and are in no table."""

    named: tuple[Named, ...]
    words: tuple[str, ...]


def naming_of(text: str) -> Naming:
    """Return what a text names. A place with several readings gives them all: the record tells which is
    meant.
    """
    found = [
        mention
        for mention in mentions(text)
        if concept(mention.concept_id).kind not in NAMING_NOTHING and not _is_generic(mention)
    ]
    taken = [(mention.start, mention.end) for mention in found] + [
        (date.start, date.end) for date in dates_in(text)
    ]
    taken += [(start, end) for start, end, _ in bare_months(flat(text))]
    named = [_named(mention) for mention in found]
    left: list[str] = []
    for drug in drugs_in(read(text)):
        if all(drug.end <= start or end <= drug.start for start, end in taken):
            taken.append((drug.start, drug.end))
            named.append(Named(f"~{fold(text[drug.start : drug.end])}", "drug", text[drug.start : drug.end]))
    plain = flat(text)
    for topic, kind in _TOPICS.items():
        if places := [match.span() for match in cue_places("topics", topic, plain)]:
            taken.extend(places)
            named = [
                one
                for one in named
                if one.kind != "condition" or flat(one.text) not in plain[slice(*places[0])]
            ]
            named.append(Named(topic, kind, text[slice(*places[0])]))
    named = [
        replace(one, concept=_AS_CLASS[one.concept], kind="drug_class") if one.concept in _AS_CLASS else one
        for one in named
    ]
    left.extend(
        word
        for concept_id, word in _PURPOSES.items()
        if any(mention.concept_id == concept_id for mention in found)
    )
    for word in _words_outside(plain, taken):
        guess = closest(word, _known_words())
        readings = _single_word_forms().get(guess, ()) if guess else ()
        named.extend(
            Named(concept_id, concept(concept_id).kind, guess or word, is_guessed=True)
            for concept_id in readings
        )
        if not readings:
            left.append(word)
    return Naming(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(left)))


def _is_generic(mention: Mention) -> bool:
    """Tell whether a concept is met in words that frame any question (``intervention``, ``côté``); an
    abbreviation in capitals is not.
    """
    words = _WORD.findall(flat(mention.text))
    return all(word in fillers() for word in words) and not (mention.text.isupper() and len(mention.text) > 1)


def _named(mention: Mention) -> Named:
    return Named(mention.concept_id, concept(mention.concept_id).kind, mention.text)


def _words_outside(plain: str, taken: Sequence[Span]) -> Iterable[str]:
    for match in _WORD.finditer(plain):
        word = match[0]
        is_plain = word not in fillers() and len(word) >= _SHORTEST and not word[0].isdigit()
        if is_plain and all(match.end() <= start or end <= match.start() for start, end in taken):
            yield word


@cache
def _single_word_forms() -> dict[str, tuple[str, ...]]:
    """Return the concepts of every form of one word, folded."""
    forms: dict[str, list[str]] = {}
    for row in concepts():
        if row.kind in NAMING_NOTHING:
            continue
        for form in {fold(form) for written in row.forms.values() for form in written}:
            if _WORD.fullmatch(form):
                forms.setdefault(form, []).append(row.id)
    return {form: tuple(ids) for form, ids in forms.items()}


@cache
def _known_words() -> frozenset[str]:
    return frozenset(_single_word_forms())
