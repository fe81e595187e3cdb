"""Guard: a drug that the claim names must be in the premise, under any of its spellings or its brand name."""

from __future__ import annotations

from rag.answer.verify.guards.finding import Finding
from rag.clinical.drugs import drugs_in
from rag.clinical.words import ReadText, word_keys


def check_drugs(premise: ReadText, claim: ReadText) -> list[Finding]:
    """Return the drugs of the claim that the premise does not name."""
    given = {drug.name for drug in drugs_in(premise)}
    words = frozenset().union(*(term.keys for term in premise.terms))
    return [
        Finding(
            "drug",
            (drug.start, drug.end),
            f"{claim.text[drug.start : drug.end]}: not named in the premise",
            "unsupported",
        )
        for drug in drugs_in(claim)
        if drug.name not in given and word_keys(drug.name).isdisjoint(words)
    ]
