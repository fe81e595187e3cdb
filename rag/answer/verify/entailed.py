"""A verifier that asks a model of entailment, with the deterministic guards as vetoes.

A hard finding of a guard (a wrong side, dose, drug or negation) caps the support below the threshold,
whatever the model says; a claim that copies whole sentences of its premise is supported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.answer.verify.features import PremiseAndClaim
from rag.answer.verify.guards import check
from rag.answer.verify.verifier import NOT_SUPPORTED, SupportWeights, made_pairs, shipped_weights
from rag.core.types import Support, Verdict

Supports = Callable[[Sequence[tuple[str, str]]], Sequence[tuple[float, float, float]]]
"""Probabilities (support, neutral, contradiction) of each (premise, claim)."""


@dataclass(slots=True)
class EntailmentVerifier:
    """A ``Verifier`` over probabilities of support."""

    name: str
    supports: Supports
    threshold: float = 0.5
    limits: SupportWeights = field(default_factory=shipped_weights)

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """Return one verdict for each (premise, claim), in order. An empty text supports nothing."""
        made = made_pairs(pairs)
        asked = [pair for pair, ready in zip(pairs, made, strict=True) if ready is not None]
        likely = iter(self.supports(asked) if asked else ())
        return [NOT_SUPPORTED if pair is None else self._verdict(pair, next(likely)) for pair in made]

    def contradicts(self, premise: str, claim: str) -> bool:
        """Tell whether the premise says otherwise than the claim."""
        return any(finding.severity == "contradiction" for finding in check(premise, claim))

    def support_level(self, verdict: Verdict) -> Support:
        """Return ``full``, ``partial`` or, below the threshold, ``none``."""
        if verdict.support < self.threshold:
            return "none"
        return "full" if verdict.support >= max(self.threshold, self.limits.full) else "partial"

    def _verdict(self, pair: PremiseAndClaim, likely: tuple[float, float, float]) -> Verdict:
        support, _, against = likely
        if pair.is_copy:
            return Verdict(max(support, self.limits.copy))
        if not any(finding.is_hard for finding in pair.findings):
            return Verdict(support, against)
        capped = self.limits.cap * support
        is_contradicted = any(finding.severity == "contradiction" for finding in pair.findings)
        return Verdict(capped, max(against, 1 - capped) if is_contradicted else against)
