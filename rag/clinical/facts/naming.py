"""Facts under their ids in the table of concepts, so that what a laboratory codes and what a letter says are
known for the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rag.clinical.concepts import Concept, by_code, concept, mentions
from rag.clinical.folding import fold
from rag.core.codes import Code
from rag.core.facts import Fact, FactKind

UNKNOWN = "~"
"""Begins the id of a concept that the table lacks; the folded label follows."""

_KINDS: dict[FactKind, frozenset[str]] = {
    "lab": frozenset({"lab", "vital"}),
    "vital": frozenset({"vital", "lab"}),
    "drug": frozenset({"drug", "drug_class"}),
    "allergy": frozenset({"drug", "drug_class", "allergen", "organism"}),
    "condition": frozenset({"condition", "symptom"}),
    "family": frozenset({"condition", "symptom"}),
    "procedure": frozenset({"procedure", "imaging"}),
    "device": frozenset({"device"}),
}
_SYSTEMS = {"icd10": "cim10", "icd-10": "cim10", "cim-10": "cim10"}


def named(fact: Fact) -> Fact:
    """Return a fact under the id that its codes or its label have in the table; one that has such an id
    already stays as it is.
    """
    if fact.concept and not fact.concept.startswith(UNKNOWN):
        return fact
    found = _of_codes(fact.codes, fact.kind) or _of_label(fact.label, fact.kind)
    return replace(fact, concept=found or UNKNOWN + " ".join(fold(fact.label).split()))


def _of_codes(codes: Iterable[Code], kind: FactKind) -> str:
    for code in codes:
        system = code.system.lower()
        row = by_code(_SYSTEMS.get(system, system), code.code)
        if row is not None and _fits(row, kind):
            return row.id
    return ""


def _of_label(label: str, kind: FactKind) -> str:
    """Return the surest concept that a label names: the longest, the first of those of one length; none of
    two meanings.
    """
    kinds = _KINDS.get(kind)
    if kinds is None:
        return ""
    found = [one for one in mentions(label) if not one.is_ambiguous and concept(one.concept_id).kind in kinds]
    return max(found, key=lambda one: (one.end - one.start, -one.start)).concept_id if found else ""


def _fits(row: Concept, kind: FactKind) -> bool:
    kinds = _KINDS.get(kind)
    return kinds is None or row.kind in kinds
