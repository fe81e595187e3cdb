"""Looks through the rest of the evidence for sentences that speak against a claim: another side, another
dose, a negation.

Records do contradict each other (a dose changed, a note copied forward), so a contradiction is shown with its
date and not hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.answer.verify.quotes import Overlap, Quote, windows_of
from rag.core.types import Claim, Contradiction, Evidence
from rag.retrieve.tuning import tuning

_HOUR = re.compile(r"(?<![\d:])(\d{1,2})(?::| ?h ?)([0-5]\d)(?![\d:])")

Contradicts = Callable[[str, str], bool]
"""Whether a premise, on the same matter, says otherwise than a claim."""


def find_contradictions(
    claims: Sequence[Claim], evidence: Sequence[Evidence], overlap: Overlap, contradicts: Contradicts
) -> tuple[Contradiction, ...]:
    """Return at most one contradiction for each claim and document, in the order of the evidence."""
    least = tuning().contradictions.same_matter
    found: dict[tuple[str, str], Contradiction] = {}
    for claim in claims:
        for quote in _others(claim, evidence):
            doc_id = quote.evidence.scored.passage.doc_id
            if (claim.text, doc_id) in found or overlap(claim.text, quote.text) < least:
                continue
            if not _are_of_other_hours(claim.text, quote.text) and contradicts(quote.text, claim.text):
                found[claim.text, doc_id] = Contradiction(
                    claim.text, doc_id, quote.text, quote.start, quote.end
                )
    return tuple(found.values())


def _are_of_other_hours(one: str, other: str) -> bool:
    """Tell whether two texts give hours and share none: serial values of one day contradict nothing."""
    mine, theirs = ({(int(found[1]), found[2]) for found in _HOUR.finditer(text)} for text in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _others(claim: Claim, evidence: Sequence[Evidence]) -> list[Quote]:
    """Single sentences of the evidence that the claim does not cite."""
    cited = {(citation.doc_id, citation.start, citation.end) for citation in claim.citations}
    quotes = [quote for item in evidence for quote in windows_of(item) if "\n" not in quote.text.strip()]
    return [
        quote
        for quote in quotes
        if not any(
            doc == quote.evidence.scored.passage.doc_id and start < quote.end and quote.start < end
            for doc, start, end in cited
        )
    ]
