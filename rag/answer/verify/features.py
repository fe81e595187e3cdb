"""What is measured of a claim against its premise: meaning, words, and what the guards found.

Every feature is a sign of support or of its lack that a person can read, and the model over them
(``verifier.json``) is linear and keeps the sign: more of the claim's words in the premise can never count
against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.verify.guards.finding import Finding
from rag.clinical.language import detect_language
from rag.clinical.words import ReadText, Term
from rag.core.text import Span

MAX_SENTENCES = 40
"""Sentences of a premise that are embedded; of a longer one, those that share most words with the claim."""
_WINDOW = 3
_UNRELATED = 0.75
"""Cosine of unrelated texts with multilingual-e5-small, about; similarity is counted above it."""


@dataclass(frozen=True, slots=True)
class PremiseAndClaim:
    """A premise and a claim cut into words, the premise's sentences to embed, and the guards' findings."""

    premise: ReadText
    claim: ReadText
    sentences: tuple[Span, ...]
    findings: tuple[Finding, ...]
    is_copy: bool

    def sentence_texts(self) -> list[str]:
        """Return the sentences to embed."""
        return [self.premise.text[start:end] for start, end in self.sentences]


@dataclass(frozen=True, slots=True)
class _Met:
    """Which sentences of the premise hold each word of weight of a text."""

    weights: tuple[float, ...]
    places: tuple[frozenset[int], ...]

    def share(self, first: int, last: int) -> float:
        """Return the share of the weight that is met in the sentences from ``first`` up to, not including,
        ``last``; 1 for no weight.
        """
        total = sum(self.weights)
        inside = sum(
            weight
            for weight, places in zip(self.weights, self.places, strict=True)
            if any(first <= at < last for at in places)
        )
        return inside / total if total else 1.0

    def best_window(self, sentences: int) -> float:
        """Return the highest share in any run of at most three sentences."""
        return max(self.share(first, first + _WINDOW) for first in range(max(1, sentences - _WINDOW + 1)))


def sentences_to_embed(premise: ReadText, claim: ReadText) -> tuple[Span, ...]:
    """Return the sentences of a premise, in order; the closest ones where it is long."""
    if len(premise.sentences) <= MAX_SENTENCES:
        return premise.sentences
    met = _met(claim.terms, _keys_of(premise, premise.sentences))
    ranked = sorted(range(len(premise.sentences)), key=lambda at: (-met.share(at, at + 1), at))
    return tuple(premise.sentences[at] for at in sorted(ranked[:MAX_SENTENCES]))


def features(
    pair: PremiseAndClaim, claim_vector: Sequence[float], premise_vectors: Sequence[Sequence[float]]
) -> dict[str, float]:
    """Return the features by name, all in [0, 1].

    Args:
        pair: the texts and findings; neither text is empty.
        claim_vector: the unit vector of the claim.
        premise_vectors: the unit vectors of ``pair.sentences``, in order.
    """
    return {"similarity": _similarity(claim_vector, premise_vectors), **_words(pair), **_found(pair.findings)}


def _similarity(claim: Sequence[float], premise: Sequence[Sequence[float]]) -> float:
    """Return how near the claim is to the nearest run of one to three sentences, a run standing at the mean
    of its sentences.
    """
    import numpy as np

    sentences = np.asarray(premise, dtype=np.float64)
    runs = [sentences]
    for width in range(2, min(_WINDOW, len(sentences)) + 1):
        means = np.stack(
            [sentences[start : start + width].mean(axis=0) for start in range(len(sentences) - width + 1)]
        )
        runs.append(means / np.linalg.norm(means, axis=1, keepdims=True))
    best = float((np.concatenate(runs) @ np.asarray(claim, dtype=np.float64)).max())
    return min(1.0, max(0.0, (best - _UNRELATED) / (1 - _UNRELATED)))


def _words(pair: PremiseAndClaim) -> dict[str, float]:
    """Return how much of the claim's words the premise has close together, and how much only in scattered
    places.

    Each sentence of the claim looks for its own best place. Across languages only names, numbers, words of
    common origin and the rows of the concepts file can meet, so the share is another feature there.
    """
    keys = _keys_of(pair.premise, pair.sentences)
    parts = [
        part for span in pair.claim.sentences if sum((part := _met(pair.claim.inside(span), keys)).weights)
    ]
    parts = parts or [_met(pair.claim.terms, keys)]
    weights = [sum(part.weights) or 1.0 for part in parts]
    near = _mean([part.best_window(len(keys)) for part in parts], weights)
    anywhere = _mean([part.share(0, len(keys)) for part in parts], weights)
    language = detect_language(pair.premise.text)
    across = float(detect_language(pair.claim.text, language) != language)
    return {
        "words_met": near * (1 - across),
        "words_met_across": near * across,
        "across": across,
        "scattered": (anywhere - near) * (1 - across),
        "nearest_used": _nearest_used(pair, keys),
    }


def _nearest_used(pair: PremiseAndClaim, keys: Sequence[frozenset[str]]) -> float:
    """Return how much of the nearest sentence the claim says: a claim that leaves most of it out may leave
    out what matters.
    """
    met = _met(pair.claim.terms, keys)
    nearest = max(range(len(keys)), key=lambda at: met.share(at, at + 1))
    said = frozenset().union(*(term.keys for term in pair.claim.terms))
    return _met(pair.premise.inside(pair.sentences[nearest]), [said]).share(0, 1)


def _keys_of(text: ReadText, spans: Sequence[Span]) -> list[frozenset[str]]:
    return [frozenset().union(*(term.keys for term in text.inside(span))) for span in spans]


def _met(terms: Sequence[Term], keys: Sequence[frozenset[str]]) -> _Met:
    said = [term for term in terms if term.weight]
    places = (
        frozenset(at for at, known in enumerate(keys) if not term.keys.isdisjoint(known)) for term in said
    )
    return _Met(tuple(term.weight for term in said), tuple(places))


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _found(findings: Sequence[Finding]) -> dict[str, float]:
    return {
        "contradicted": float(any(finding.severity == "contradiction" for finding in findings)),
        "unsupported": float(any(finding.severity == "unsupported" for finding in findings)),
        "doubted": float(any(finding.severity == "doubt" for finding in findings)),
    }
