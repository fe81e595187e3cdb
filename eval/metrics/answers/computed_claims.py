"""What a sentence computed from facts asserts, read from its own words, and whether quotes hold it.

A template writes ``Enoxaparin: 4000 units daily (by the record; this is no proof that it is taken).``: a
verifier of prose takes the words about the record for a claim about the patient, and refuses it. Here they
are taken off; of what is left, the things named, every number, unit, date, side and denial, and the status,
must each be in the quotes. The facts that the sentence was made from are not looked at, nor the checks that
it passed on its way: what is judged is what is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.answer.verify.guards import check
from rag.clinical.concepts import concept, kinds_of, mentions
from rag.clinical.facts import extract
from rag.clinical.languages import served
from rag.core.facts import Fact
from rag.messages import message

_OF_THE_RECORD = (
    "yes",
    "no",
    "only_value",
    "to_confirm",
    "treatment_head",
    "treatment_proof",
    "no_stop",
    "older",
    "contradiction",
    "count_operation",
    "count_stay",
    "count_mention",
    "summary_condition",
    "summary_allergy",
    "summary_procedure",
    "summary_drug",
    "summary_lab",
    "summary_open",
    "document_day",
    "document_month",
    "document_year",
)
"""Phrases of ``facts`` that speak of the record, not of the patient: no quote can hold them."""
_STATUS: Mapping[str, frozenset[str]] = {
    "drug_stopped": frozenset({"stopped"}),
    "drug_started": frozenset({"started"}),
    "drug_planned": frozenset({"planned"}),
    "drug_not_to_give": frozenset({"not_to_give"}),
    "drug_given": frozenset({"given"}),
    "drug_changed": frozenset({"changed"}),
    "drug_changed_from": frozenset({"changed", "started"}),
    "allergy_unconfirmed": frozenset({"unconfirmed"}),
    "allergy_absent": frozenset({"documented_absent", "negated"}),
    "condition_confirmed": frozenset({"confirmed"}),
    "condition_suspected": frozenset({"suspected", "hypothesis"}),
    "condition_refuted": frozenset({"refuted", "negated"}),
    "condition_negated": frozenset({"refuted", "negated"}),
    "condition_resolved": frozenset({"resolved"}),
    "condition_history": frozenset({"history", "resolved"}),
    "procedure_planned": frozenset({"planned"}),
    "procedure_cancelled": frozenset({"cancelled"}),
    "device_removed": frozenset({"removed"}),
    "unusable": frozenset({"unusable"}),
    "preliminary": frozenset({"preliminary"}),
}
"""Phrases that state a status, and the statuses and assertions of facts that say the same."""
_THINGS = frozenset(
    {
        "lab",
        "vital",
        "drug",
        "drug_class",
        "allergen",
        "condition",
        "symptom",
        "procedure",
        "device",
        "organism",
    }
)
"""Sorts of concepts that a sentence is about; the others (``value``, ``last``) are words of its template."""


def assertion_of(text: str, language: str) -> str:
    """Return a computed sentence without the words that speak of the record."""
    for pattern in _frames(language):
        text = pattern.sub("", text)
    return text.strip()


@dataclass(frozen=True, slots=True)
class Place:
    """A quote, and what a reader sees of where it stands: the kind of its document and its headings."""

    quote: str
    kind: str = ""
    headings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The quote under its headings."""
        return "\n".join((*(f"## {heading}" for heading in self.headings), self.quote))


def is_carried(places: Sequence[Place], text: str, language: str) -> bool:
    """Tell whether quotes hold all that a computed sentence asserts: its things, values, units, dates, sides,
    denials and status. What a thing is and its status may also be told by the heading over its quote; a
    number never is. A sentence that names nothing asserts nothing that can be checked, and is not carried.
    """
    premise, said = "\n".join(place.quote for place in places), assertion_of(text, language)
    if any(finding.is_hard for finding in check(premise, said)):
        return False
    things = {one.concept_id for one in mentions(said) if concept(one.concept_id).kind in _THINGS}
    named = [one.concept_id for place in places for one in mentions(place.text)]
    given = {kind for concept_id in named for kind in (concept_id, *kinds_of(concept_id))}
    return bool(things) and things <= given and _holds_status(places, said, language)


def _holds_status(places: Sequence[Place], said: str, language: str) -> bool:
    wanted = [statuses for pattern, statuses in _stated(language) if pattern.search(said)]
    if not wanted:
        return True
    told = {word for place in places for fact in _facts(place) for word in (fact.status, fact.assertion)}
    return all(told & statuses for statuses in wanted)


def _facts(place: Place) -> tuple[Fact, ...]:
    """Return what a quote states under its headings, whatever the language of its document."""
    return tuple(
        fact for language in served() for fact in extract(place.text, language=language, kind=place.kind)
    )


@cache
def _frames(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_written(key, language) for key in _OF_THE_RECORD)


@cache
def _stated(language: str) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    return tuple((_written(key, language), statuses) for key, statuses in _STATUS.items())


_ANY, _COUNT = "\x00", "\x01"
_NAMES = ("label", "drug", "asked", "old", "new", "date", "value")


def _written(key: str, language: str) -> re.Pattern[str]:
    """Return the words of a phrase as a pattern, whatever it is said of: what opens or ends it is left open,
    what stands inside is any few words. A verdict opens the sentence.
    """
    said = message(f"facts.{key}", language, **dict.fromkeys(_NAMES, _ANY), count=_COUNT)
    words = re.escape(said.strip().strip(_ANY)).replace(re.escape(_ANY), r"[^()\n]{1,40}?")
    return re.compile(
        ("^" if key in ("yes", "no") else "") + words.replace(re.escape(_COUNT), r"(?<!\d)\d{1,6}")
    )
