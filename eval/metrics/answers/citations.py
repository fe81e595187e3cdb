"""Citation quality as ALCE defines it, and faithfulness, with a verifier as the judge of entailment.

Gao, Yen, Yu, Chen: "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023, section 3. A
statement is a claim, a cited passage is a quote. Judged by the verifier that also decided what was shown,
these numbers say that parts agree, not that they are right. A sentence computed from facts is judged by what
its template asserts (``computed_claims.py``) where the verifier, which reads prose, refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.answers.computed_claims import Place, is_carried
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

    def supports_claim(self, places: Sequence[Place], claim: ClaimJson, language: str) -> bool:
        """Tell whether quotes support a claim; of one computed from facts, what its template asserts."""
        if self.supports([place.quote for place in places], claim.text):
            return True
        return claim.origin == "computed" and bool(places) and is_carried(places, claim.text, language)

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
    supported = (
        judge.supports_claim(_places(claim, answer), claim, answer.language) for claim in answer.claims
    )
    return sum(supported) / len(answer.claims)


def citation_precision(answer: AnswerJson, judge: Judge) -> Score:
    """Share of the citations that are needed.

    A citation counts when the claim's citations together support it, and this one either supports it alone or
    cannot be left out.
    """
    needed = [is_needed for claim in answer.claims for is_needed in _needed(claim, answer, judge)]
    return sum(needed) / len(needed) if needed else Unscored("no_citation")


def faithfulness(answer: AnswerJson, judge: Judge) -> float:
    """Share of the claims that something of what was found supports: their citations together, or any one
    piece of evidence.

    Unlike citation recall, a claim that is right but cited wrongly counts.
    """
    shown = [Place(item.text, item.kind, tuple(item.section)) for item in answer.evidence]
    faithful = [
        _is_supported(claim, answer, judge)
        or any(judge.supported([(place.quote, claim.text) for place in shown]))
        or (
            claim.origin == "computed"
            and any(is_carried([place], claim.text, answer.language) for place in shown)
        )
        for claim in answer.claims
    ]
    return sum(faithful) / len(faithful)


def _is_supported(claim: ClaimJson, answer: AnswerJson, judge: Judge) -> bool:
    return judge.supports_claim(_places(claim, answer), claim, answer.language)


def _needed(claim: ClaimJson, answer: AnswerJson, judge: Judge) -> list[bool]:
    places, language = _places(claim, answer), answer.language
    if not judge.supports_claim(places, claim, language):
        return [False] * len(places)
    return [
        judge.supports_claim([place], claim, language)
        or not judge.supports_claim([*places[:number], *places[number + 1 :]], claim, language)
        for number, place in enumerate(places)
    ]


def _places(claim: ClaimJson, answer: AnswerJson) -> list[Place]:
    """Return the quotes of a claim, each with the kind of its document and its headings, where known."""
    found = {item.passage_id: item for item in answer.evidence}
    return [
        Place(citation.quote, item.kind, tuple(item.section))
        if (item := found.get(citation.passage_id))
        else Place(citation.quote)
        for citation in claim.citations
    ]
