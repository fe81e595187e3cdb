"""The problems of a patient, the most important first.

A record names far more illness than a patient has: what an image shows, what a cell looks like, a symptom of
one day. What several documents tell, what a history lists, what a title names and what is coded is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answer.from_facts.matching import keys, row_of
from rag.answer.from_facts.presence import stand_of
from rag.answer.from_facts.record import Record, day_of, in_time, sure, written
from rag.answer.from_facts.wording.phrases import label_of
from rag.clinical.concepts import kinds_of
from rag.core.facts import Fact

_CODED, _LISTED, _IN_TITLE = 2, 2, 3
"""What a code, a place among the antecedents and a title weigh; one document weighs 1. Set by hand."""
_FEWEST, _MOST = 3, 10
_BRIEF = 3
"""Letters of an abbreviation that may mean another thing (``PR``): one document's alone is no problem."""
_OF_SIGHT = frozenset({"pathology_report", "imaging_report", "biology"})
"""Kinds of documents that name what is seen: alone they make no problem."""
_OF_ILLNESS = "condition"


@dataclass(frozen=True, slots=True)
class StandingIllness:
    """One illness: the fact that names it best, the first that tells of it, and how much the record makes of
    it.

    ``is_old`` where it is among the antecedents: the day of a document is no day of its own.
    """

    fact: Fact
    first: Fact
    weight: int
    is_old: bool


def problems_of(record: Record) -> list[StandingIllness]:
    """Return what the patient has or had, the most important first."""
    groups: dict[str, list[Fact]] = {}
    for fact in in_time(record.facts):
        if fact.kind == "condition" and stand_of(fact) != "family" and sure([fact]) and _is_illness(fact):
            groups.setdefault(fact.concept, []).append(fact)
    standing = {concept: facts for concept, group in groups.items() if (facts := _standing(group))}
    wider = {concept: kinds_of(concept) - {concept} for concept in standing}
    general = {concept for kinds in wider.values() for concept in kinds}
    found = [
        _problem([*facts, *_of_kinds(wider[concept], standing)], facts, record)
        for concept, facts in standing.items()
        if concept not in general
    ]
    found.sort(key=lambda one: (-one.weight, -written(one.fact), one.fact.spans))
    return [one for place, one in enumerate(found[:_MOST]) if one.weight or place < _FEWEST]


def _of_kinds(kinds: Iterable[str], standing: dict[str, list[Fact]]) -> list[Fact]:
    return [fact for kind in sorted(kinds) for fact in standing.get(kind, ())]


def _is_illness(fact: Fact) -> bool:
    row = row_of(fact.concept)
    return row.kind == _OF_ILLNESS if row else fact.source == "structured"


def _standing(group: Sequence[Fact]) -> list[Fact]:
    """Return the facts that tell of an illness, none where the record says at least as often that there is
    none.
    """
    present = [fact for fact in group if stand_of(fact) in ("present", "confirmed", "history", "resolved")]
    denied = [fact for fact in group if stand_of(fact) in ("refuted", "negated")]
    is_denied = bool(denied) and len(denied) >= len(present) and denied[-1] is group[-1]
    return [] if is_denied else present


def _problem(telling: Sequence[Fact], own: Sequence[Fact], record: Record) -> StandingIllness:
    documents = {fact.doc_id for fact in telling if record.kind_of(fact) not in _OF_SIGHT}
    is_old = any(fact.assertion == "history" for fact in telling)
    is_brief = len(documents) == 1 and all(len(fact.label.strip()) <= _BRIEF for fact in telling)
    weight = (
        (0 if is_brief else len(documents))
        + _CODED * any(fact.source == "structured" for fact in telling)
        + _LISTED * is_old
        + _IN_TITLE * any(_is_in_title(fact, record) for fact in telling)
    )
    best = max(own, key=lambda fact: (fact.source == "structured", len(keys(fact.label)), written(fact)))
    return StandingIllness(best, own[0], weight, is_old)


def _is_in_title(fact: Fact, record: Record) -> bool:
    document, words = record.documents.get(fact.doc_id), keys(fact.label)
    return bool(document and words) and words <= keys(document.title if document else "")


def name_of(fact: Fact, language: str) -> str:
    """Return the name of an illness or an act; where the document says it in one word within another
    (``ulcérée``), or in another language, that of the table.
    """
    row = row_of(fact.concept)
    is_a_word = fact.label[:1].islower() and " " not in fact.label.strip()
    if row is not None and (is_a_word or _is_foreign(fact, language)):
        label = row.label(language)
        return label[:1].upper() + label[1:]
    return label_of(fact, language)


def _is_foreign(fact: Fact, language: str) -> bool:
    """Tell whether the words of a document are a name in another language, and none in this one."""
    row, words = row_of(fact.concept), keys(fact.label)
    if row is None:
        return False
    told_in = {code for code, forms in row.forms.items() if any(keys(form) == words for form in forms)}
    return bool(told_in) and language not in told_in


def has_own_day(fact: Fact) -> bool:
    """Tell whether a fact is dated by itself, not by the document that tells of it."""
    return fact.at is not None and day_of(fact) != (fact.recorded_at or "")[:10]
