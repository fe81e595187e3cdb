"""Citation quality as ALCE defines it, and faithfulness, with a verifier as the judge of entailment.

Gao, Yen, Yu, Chen: "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023, section 3. A
statement is a claim, a cited passage is a quote. Judged by the verifier that also decided what was shown,
these numbers say that parts agree, not that they are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.statistics.scores import Score, Unscored
from rag.contract import AnswerJson, ClaimJson
from rag.core.protocols import Verifier

_CONTRADICTED = 0.5


@dataclass(frozen=True, slots=True)
class Judge:
    """Says whether quotes together support a claim."""

    verifier: Verifier

    def supports(self, quotes: Sequence[str], claim: str) -> bool:
        """Tell whether the quotes, read one after the other, support the claim."""
        return bool(quotes) and self.supported([("\n".join(quotes), claim)])[0]

    def supported(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """Tell for each (premise, claim) whether the premise supports the claim."""
        return (
            [verdict.support >= self.verifier.threshold for verdict in self.verifier.verify(pairs)]
            if pairs
            else []
        )

    def contradicted(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """Tell for each (premise, claim) whether the premise speaks against the claim."""
        return (
            [verdict.contradiction >= _CONTRADICTED for verdict in self.verifier.verify(pairs)]
            if pairs
            else []
        )


def citation_recall(answer: AnswerJson, judge: Judge) -> float:
    """Share of the claims that all their citations together support; a claim without citations is not
    supported.
    """
    return sum(judge.supports(_quotes(claim), claim.text) for claim in answer.claims) / len(answer.claims)


def citation_precision(answer: AnswerJson, judge: Judge) -> Score:
    """Share of the citations that are needed.

    A citation counts when the claim's citations together support it, and this one either supports it alone or
    cannot be left out.
    """
    needed = [is_needed for claim in answer.claims for is_needed in _needed(claim, judge)]
    return sum(needed) / len(needed) if needed else Unscored("no_citation")


def faithfulness(answer: AnswerJson, judge: Judge) -> float:
    """Share of the claims that something of what was found supports: their citations together, or any one
    piece of evidence.

    Unlike citation recall, a claim that is right but cited wrongly counts.
    """
    shown = [item.text for item in answer.evidence]
    faithful = [
        judge.supports(_quotes(claim), claim.text)
        or any(judge.supported([(text, claim.text) for text in shown]))
        for claim in answer.claims
    ]
    return sum(faithful) / len(faithful)


def _needed(claim: ClaimJson, judge: Judge) -> list[bool]:
    quotes = _quotes(claim)
    if not judge.supports(quotes, claim.text):
        return [False] * len(quotes)
    alone = judge.supported([(quote, claim.text) for quote in quotes])
    return [
        by_itself or not judge.supports([*quotes[:place], *quotes[place + 1 :]], claim.text)
        for place, by_itself in enumerate(alone)
    ]


def _quotes(claim: ClaimJson) -> list[str]:
    return [citation.quote for citation in claim.citations]
