"""The things that a question names: concepts of the table, words with a typing error set right, and words
that are in no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.clinical.concepts import Mention, concept, concepts, mentions
from rag.clinical.drugs import drugs_in
from rag.clinical.folding import flat, fold
from rag.clinical.times.dates import dates_in
from rag.clinical.words import read
from rag.core.text import Span
from rag.understand.cues import NAMING_NOTHING, fillers, has
from rag.understand.cues import found as cue_places
from rag.understand.spelling import closest
from rag.understand.times import bare_months
from rag.understand.values import Named

_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3
_TOPICS = {"tobacco": "lifestyle", "alcohol": "lifestyle", "culture": "lab", "weight": "vital"}
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
    named = [_as_level(one, plain) for one in named]
    named = [one for one in named if not _is_of_a_thing(one, named, plain)]
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
    for word, meant in _abbreviations(plain, taken):
        named.append(meant)
        left = [other for other in left if other != word]
    return Naming(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(left)))


def _as_level(one: Named, plain: str) -> Named:
    """Return a drug whose level is asked about as that result."""
    level = f"{one.concept}_level"
    if one.kind == "drug" and has("topics", "level", plain) and level in _results():
        return replace(one, concept=level, kind="lab")
    return one


@cache
def _results() -> frozenset[str]:
    return frozenset(row.id for row in concepts() if row.kind == "lab")


_OF_A_BODY = frozenset({"height", "weight"})
_OF = re.compile(r"\s{0,3}(?:de la|de l['’]|du|des|d['’]|de|of the|of an?|of)\s{0,3}(?P<word>[^\W\d_]{3,40})")


def _is_of_a_thing(one: Named, named: Sequence[Named], plain: str) -> bool:
    """Tell whether a size or a weight is that of a stone or a specimen: it is not the patient's own."""
    if one.concept not in _OF_A_BODY:
        return False
    at = plain.find(flat(one.text))
    of = _OF.match(plain, at + len(one.text)) if at >= 0 else None
    return of is not None and (
        of["word"] not in fillers() or any(flat(other.text).startswith(of["word"]) for other in named)
    )


_SHORT_QUESTION, _ABBREVIATED = 6, 5
"""Words of a question that is typed in haste, and letters of an abbreviation in it."""
_ABBREVIATED_KINDS = frozenset({"lab", "vital", "condition"})


def _abbreviations(plain: str, taken: Sequence[Span]) -> Iterator[tuple[str, Named]]:
    """Yield abbreviations that a question in haste writes in small letters (``hb pre op``, ``ta ?``); a word
    that may be an ordinary one only where it is alone.
    """
    words = list(_WORD.finditer(plain))
    for match in words if len(words) <= _SHORT_QUESTION else ():
        word = match[0]
        is_free = all(match.end() <= start or end <= match.start() for start, end in taken)
        if not is_free or len(word) > _ABBREVIATED:
            continue
        if word in fillers() and len(words) > 1:
            continue
        for mention in mentions(word.upper()):
            kind = concept(mention.concept_id).kind
            if kind in _ABBREVIATED_KINDS and mention.text == word.upper():
                yield word, Named(mention.concept_id, kind, word)


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
