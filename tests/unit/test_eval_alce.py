"""Citation precision and recall against ALCE's rules, written down a second time from the paper and counted
over every small case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import pytest

from eval.metrics.answers.citations import Judge, citation_precision, citation_recall
from rag.contract import AnswerJson
from rag.core.types import Citation, Claim, Support, Verdict
from tests.unit.scoring import answer

QUOTES = ("a", "b", "c")
SETS = [frozenset(chosen) for size in (1, 2, 3) for chosen in combinations(QUOTES, size)]


@dataclass(frozen=True, slots=True)
class Entails:
    """Entailment given outright: which sets of quotes support the claim."""

    supporting: frozenset[frozenset[str]]
    name: str = "given"
    threshold: float = 0.5

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        return [Verdict(float(frozenset(premise.split("\n")) in self.supporting)) for premise, _ in pairs]

    def support_level(self, verdict: Verdict) -> Support:
        return "full" if verdict.support else "none"


def statement(cited: Sequence[str]) -> AnswerJson:
    citations = tuple(Citation(number, "d", "p", quote, 0, 1) for number, quote in enumerate(cited, start=1))
    return answer(Claim("claim", 0, 5, citations, "full", 1.0))


def alce(cited: Sequence[str], supporting: frozenset[frozenset[str]]) -> tuple[float, float]:
    """Recall and precision of one statement, as section 3 of the paper defines them.

    Recall is 1 when the citations together entail the statement. A citation is irrelevant when it does not
    entail the statement alone and the others still do; precision is the share of citations that belong to a
    statement with recall 1 and are not irrelevant.
    """
    if frozenset(cited) not in supporting:
        return 0.0, 0.0
    irrelevant = [
        quote
        for quote in cited
        if {quote} not in supporting and frozenset(set(cited) - {quote}) in supporting
    ]
    return 1.0, 1 - len(irrelevant) / len(cited)


@pytest.mark.parametrize("cited", [QUOTES[:size] for size in (1, 2, 3)])
def test_every_way_three_quotes_can_support_a_claim_scores_as_the_paper_says(cited: tuple[str, ...]) -> None:
    for chosen in product((False, True), repeat=len(SETS)):
        supporting = frozenset(found for found, taken in zip(SETS, chosen, strict=True) if taken)
        judge = Judge(Entails(supporting))
        said = statement(cited)
        assert (citation_recall(said, judge), citation_precision(said, judge)) == pytest.approx(
            alce(cited, supporting)
        )
