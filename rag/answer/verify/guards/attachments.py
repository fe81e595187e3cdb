"""Guard: a number that is in the premise must belong there to the same drug, analyte or day.

``Metformine 1000 mg, atorvastatine 20 mg`` does not carry "atorvastatine 1000 mg". A number is attached to
the drug or analyte that it follows in its sentence (or precedes, in "20 mg of atorvastatin").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.answer.verify.guards.finding import Finding
from rag.answer.verify.guards.numbers import agree
from rag.clinical.drugs import drug_name
from rag.clinical.measures.quantities import Quantity
from rag.clinical.measures.units import DOSES
from rag.clinical.words import ReadText, dimension_of, measured_concepts
from rag.core.text import Span

_LINK = re.compile(
    r"\s*(?:(?:IV|SC|PO|per os)\s)?(?:d['’]|de\s++(?:l['’]|la\s)?|du\s|of\s++(?:the\s)?|-)\s*$", re.IGNORECASE
)
_DRUG, _ANALYTE = "drug", "analyte"


@dataclass(frozen=True, slots=True)
class _Anchor:
    kind: str
    names: frozenset[str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Attached:
    quantity: Quantity
    anchor: _Anchor


def check_attachments(
    premise: ReadText, premise_numbers: Sequence[Quantity], claim: ReadText, claim_numbers: Sequence[Quantity]
) -> list[Finding]:
    """Return the numbers of the claim that the premise gives, but to another drug or analyte."""
    given = _attach(premise, premise_numbers)
    known = _anchors(premise)
    findings = []
    for ours in _attach(claim, claim_numbers):
        same_value = [theirs for theirs in given if agree(ours.quantity, theirs.quantity, premise_numbers)]
        is_named = any(_same(ours.anchor, anchor) for anchor in known)
        if (
            is_named
            and same_value
            and not any(_same(ours.anchor, theirs.anchor) for theirs in same_value)
            and not _is_free(ours.quantity, given, premise_numbers)
        ):
            findings.append(_finding(ours, given, claim.text))
    return findings


def _is_free(quantity: Quantity, given: Sequence[_Attached], numbers: Sequence[Quantity]) -> bool:
    """Tell whether the premise also gives this value to nothing in particular."""
    attached = {theirs.quantity for theirs in given}
    return any(
        agree(quantity, other, numbers)
        for other in numbers
        if other not in attached and other.kind == quantity.kind
    )


def _finding(ours: _Attached, given: Sequence[_Attached], text: str) -> Finding:
    rivals = [
        theirs
        for theirs in given
        if _same(ours.anchor, theirs.anchor) and theirs.quantity.dimension == ours.quantity.dimension
    ]
    name, number = text[ours.anchor.start : ours.anchor.end], text[ours.quantity.start : ours.quantity.end]
    detail = f"{number} for {name}: the premise gives this number to something else"
    return Finding(
        "attachment",
        (ours.quantity.start, ours.quantity.end),
        detail,
        "contradiction" if rivals else "unsupported",
    )


def _same(first: _Anchor, second: _Anchor) -> bool:
    return first.kind == second.kind and not first.names.isdisjoint(second.names)


@cache
def _analytes() -> frozenset[str]:
    return measured_concepts()


def _anchors(text: ReadText) -> list[_Anchor]:
    anchors = []
    for term in text.terms:
        if name := drug_name(term):
            anchors.append(_Anchor(_DRUG, frozenset({name}), term.start, term.end))
        elif names := term.keys & _analytes():
            anchors.append(_Anchor(_ANALYTE, names, term.start, term.end))
    return anchors


def _attach(text: ReadText, quantities: Sequence[Quantity]) -> list[_Attached]:
    anchors = _anchors(text)
    attached = []
    for quantity in quantities:
        if quantity.kind in ("number", "range", "ratio") and quantity.required:
            kinds = (
                (_DRUG,)
                if quantity.dimension in DOSES
                else (_DRUG, _ANALYTE)
                if quantity.dimension in ("", "unit")
                else (_ANALYTE,)
            )
            near = [anchor for anchor in anchors if anchor.kind in kinds and _may_be_of(quantity, anchor)]
            if anchor := _anchor_of(text, quantity, near, text.sentence_of(quantity.start)):
                attached.append(_Attached(quantity, anchor))
    return attached


def _may_be_of(quantity: Quantity, anchor: _Anchor) -> bool:
    dimensions = {dimension_of(name) for name in anchor.names if anchor.kind == _ANALYTE}
    return not quantity.dimension or not dimensions or None in dimensions or quantity.dimension in dimensions


def _anchor_of(
    text: ReadText, quantity: Quantity, anchors: Sequence[_Anchor], sentence: Span
) -> _Anchor | None:
    after = [anchor for anchor in anchors if quantity.end <= anchor.start < sentence[1]]
    if after and _LINK.fullmatch(text.text, quantity.end, after[0].start):
        return after[0]
    before = [anchor for anchor in anchors if sentence[0] <= anchor.start and anchor.end <= quantity.start]
    return before[-1] if before else None
