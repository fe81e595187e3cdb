"""Which facts speak of what a part of a question names.

A fact of amoxicillin speaks of penicillins, since the table says that it is one. Words of the question that
are in no table must stand in what the fact says; where none does, the facts do not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer.from_facts.record import Record, said_once
from rag.clinical.concepts import Concept, concept, kinds_of
from rag.clinical.concepts.tokens import key_of
from rag.clinical.folding import flat
from rag.core.facts import Fact, FactKind
from rag.understand.values import Named, QuestionPart

_BY_CONCEPT = frozenset({"lab", "vital", "drug"})
_PLACES = frozenset({"anatomy", "organism"})
"""Sorts of concepts that qualify another thing: an operation of the knee."""

_VACCINES = frozenset({"vaccine", "vaccination"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that a part names (with every reading of it), and the facts that speak of it; ``name`` is
    empty where only a sort is.
    """

    name: str
    readings: tuple[Named, ...]
    facts: tuple[Fact, ...]


def subjects(
    part: QuestionPart, record: Record, kinds: Iterable[FactKind] | None = None, sorts: Collection[str] = ()
) -> list[Subject]:
    """Return what a part names, in order, each with its facts in time.

    ``kinds`` overrules the sorts of facts that the part asks for; of the things named, those of ``sorts`` are
    meant where there are any.
    """
    wanted = frozenset(part.kinds if kinds is None else kinds)
    facts = [fact for fact in record.facts if (not wanted or fact.kind in wanted) and _holds_all(part, fact)]
    named = _named(part, sorts)
    if not named:
        return [Subject("", (), tuple(said_once(facts)))]
    return [
        Subject(name, readings, tuple(said_once(fact for fact in facts if speaks_of(fact, readings))))
        for name, readings in named
    ]


def speaks_of(fact: Fact, readings: Sequence[Named]) -> bool:
    """Tell whether a fact is about one of the readings: the thing itself, a kind of it, or the same words
    where the table lacks it.
    """
    return any(one.concept in kinds_of(fact.concept) or _is_called(fact, one) for one in readings)


def _is_called(fact: Fact, named: Named) -> bool:
    """What is not in the table is known by its words: the label holds all those of one of the concept's
    forms, or of the question.

    So are diseases and acts: a document may say more than the name in the table. Results are not: a urinary
    potassium is no potassium.
    """
    if fact.kind in _BY_CONCEPT and not fact.concept.startswith("~") and not named.concept.startswith("~"):
        return False
    words = keys(fact.label)
    return any(form and form <= words for form in form_keys(named.concept))


def _named(part: QuestionPart, sorts: Collection[str]) -> list[tuple[str, tuple[Named, ...]]]:
    """Group the readings of one word; what only qualifies another thing is no subject: a place, the
    echography that gave a value.
    """
    main = [one for one in part.named if one.kind not in _PLACES]
    main = [one for one in main if one.kind in sorts] or main
    grouped: dict[str, list[Named]] = {}
    for one in main:
        grouped.setdefault(one.text.casefold(), []).append(one)
    return [(readings[0].text, tuple(readings)) for readings in grouped.values()]


def _holds_all(part: QuestionPart, fact: Fact) -> bool:
    """Tell whether a fact holds every place named and every word that is in no table; a vaccination, also
    the illness that it is against.
    """
    against = _VACCINES & {fact.concept}
    places = [one for one in part.named if one.kind in _PLACES or (against and one.kind == "condition")]
    if not places and not part.words:
        return True
    said = _said(fact)
    return all(_is_placed(one, fact, said) for one in places) and all(
        _holds_word(word, said) for word in part.words
    )


def _is_placed(place: Named, fact: Fact, said: frozenset[str]) -> bool:
    return place.concept in kinds_of(fact.concept) or any(
        form and form <= said for form in form_keys(place.concept)
    )


_STEM, _INSIDE = 5, 7
"""Letters by which a root begins a word, and by which it may stand inside one (``prophylaxie`` in
``antibioprophylaxie``).
"""


def _holds_word(word: str, said: frozenset[str]) -> bool:
    """Tell whether a word, or one of the same root, is said; the root is the word without its last three
    letters, five at least.
    """
    key = key_of(word)
    if key in said:
        return True
    root = key[: max(_STEM, len(key) - 3)]
    return len(root) >= _STEM and any(
        other.startswith(root) or (len(root) >= _INSIDE and root in other) for other in said
    )


def _said(fact: Fact) -> frozenset[str]:
    row = row_of(fact.concept)
    forms = [form for written in row.forms.values() for form in written] if row else []
    return keys(" ".join((fact.label, fact.value_text, fact.reason, *fact.details.values(), *forms)))


def row_of(concept_id: str) -> Concept | None:
    """Return the row of a fact's concept, None where the table lacks it."""
    try:
        return concept(concept_id)
    except KeyError:
        return None


@lru_cache(maxsize=20_000)
def keys(text: str) -> frozenset[str]:
    """Return the words of a text as they are compared, link words left out."""
    words = "".join(character if character.isalnum() else " " for character in flat(text)).split()
    return frozenset(key for word in words if (key := key_of(word)))


@lru_cache(maxsize=4_000)
def form_keys(concept_id: str) -> tuple[frozenset[str], ...]:
    """Return the words of each form of a concept; of one that is in no table, its own words."""
    if concept_id.startswith("~"):
        return (keys(concept_id[1:]),)
    row = row_of(concept_id)
    return tuple(keys(form) for written in row.forms.values() for form in written) if row else ()
