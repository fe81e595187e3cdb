"""The verifier of claims: similarity, shared words and deterministic guards, weighed as in a logistic
regression.

The weighing says how likely the premise supports the claim. A hard finding of a guard (a wrong side, dose,
drug or negation) caps the result below the threshold, whatever the rest says; a claim that copies whole
sentences of its premise is supported. Weights, threshold, cap and where they come from are data:
``verifier.json``. They were set by hand; ``traboule eval fit verifier`` fits others, which take their place
only where they are nowhere worse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.answer.verify.features import PremiseAndClaim, features, sentences_to_embed
from rag.answer.verify.guards import Finding, check, check_readings, is_copy
from rag.clinical.words import ReadText, read
from rag.core.types import Support, Verdict

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Unit vectors of texts as passages (multilingual-e5-small, which the weights are fitted for)."""

NOT_SUPPORTED = Verdict(0.0)


@dataclass(frozen=True, slots=True)
class SupportWeights:
    """The model as data.

    ``cap`` scales the support of a claim with a hard finding; it lies below ``threshold``, so that such a
    claim never passes and yet the better of two is ranked higher. ``copy`` is the least support of a copy,
    ``full`` the support from which a claim is fully supported.
    """

    name: str
    threshold: float
    full: float
    cap: float
    copy: float
    intercept: float
    weights: Mapping[str, float]

    def probability(self, values: Mapping[str, float]) -> float:
        """Return the support that the features alone give."""
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))


class CombinedVerifier:
    """A ``Verifier`` without a model of its own but the embedder. It keeps no text and may be shared between
    threads.
    """

    def __init__(self, embed: Embed, weights: SupportWeights | None = None) -> None:
        self._weights = weights or shipped_weights()
        self._embed = embed
        self.name = self._weights.name
        self.threshold = self._weights.threshold

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """Return one verdict for each (premise, claim), in order; all texts are embedded in one call. An
        empty text supports nothing.
        """
        made = made_pairs(pairs)
        vectors = self._vectors(made)
        return [NOT_SUPPORTED if pair is None else self._verdict(pair, vectors) for pair in made]

    def check(self, premise: str, claim: str) -> tuple[Finding, ...]:
        """Return what the guards find."""
        return check(premise, claim)

    def contradicts(self, premise: str, claim: str) -> bool:
        """Tell whether the premise says otherwise than the claim."""
        return any(finding.severity == "contradiction" for finding in check(premise, claim))

    def support_level(self, verdict: Verdict) -> Support:
        """Return ``full``, ``partial`` or, below the threshold, ``none``."""
        if verdict.support < self.threshold:
            return "none"
        return "full" if verdict.support >= self._weights.full else "partial"

    def _vectors(self, pairs: Sequence[PremiseAndClaim | None]) -> Mapping[str, Sequence[float]]:
        texts = list(dict.fromkeys(text for pair in pairs if pair is not None for text in texts_of(pair)))
        return dict(zip(texts, self._embed(texts), strict=True)) if texts else {}

    def _verdict(self, pair: PremiseAndClaim, vectors: Mapping[str, Sequence[float]]) -> Verdict:
        values = features(pair, vectors[pair.claim.text], [vectors[text] for text in pair.sentence_texts()])
        return judged(self._weights, pair, values)


def judged(weights: SupportWeights, pair: PremiseAndClaim, values: Mapping[str, float]) -> Verdict:
    """Return the verdict of a pair from its features: the regression, then the cap or the floor."""
    probability = weights.probability(values)
    if pair.is_copy:
        return Verdict(max(probability, weights.copy))
    if not any(finding.is_hard for finding in pair.findings):
        return Verdict(probability)
    is_contradicted = any(finding.severity == "contradiction" for finding in pair.findings)
    return Verdict(weights.cap * probability, 1 - weights.cap * (1 - probability) if is_contradicted else 0.0)


def made_pairs(pairs: Sequence[tuple[str, str]]) -> list[PremiseAndClaim | None]:
    """Cut each pair into words and run the guards; None where a text has no word. A text that comes twice is
    cut once.
    """
    texts = {text: read(text) for text in dict.fromkeys(text for pair in pairs for text in pair)}
    return [_made(texts[premise], texts[claim]) for premise, claim in pairs]


def texts_of(pair: PremiseAndClaim) -> list[str]:
    """Return what is embedded of a pair: the claim and the premise's sentences."""
    return [pair.claim.text, *pair.sentence_texts()]


def _made(premise: ReadText, claim: ReadText) -> PremiseAndClaim | None:
    if not premise.terms or not claim.terms:
        return None
    copied = is_copy(premise, claim)
    return PremiseAndClaim(
        premise,
        claim,
        sentences_to_embed(premise, claim),
        () if copied else check_readings(premise, claim),
        copied,
    )


@cache
def shipped_weights() -> SupportWeights:
    """Return the weights that come with the package."""
    table = json.loads((files(__package__) / "verifier.json").read_text(encoding="utf-8"))
    names = ("name", "threshold", "full", "cap", "copy", "intercept", "weights")
    return SupportWeights(**{name: table[name] for name in names})
