"""What every ``Verifier`` promises, run on the product's own and on the shipped fake."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.answer.verify.entailed import EntailmentVerifier
from rag.answer.verify.verifier import CombinedVerifier
from rag.core.protocols import Verifier
from rag.core.types import Vector, Verdict
from rag.testing import HashEmbedding, OverlapVerifier

PREMISE = "Énoxaparine 4000 UI par jour pendant 35 jours. Prothèse de hanche droite par voie postérieure."


def _embedded(texts: Sequence[str]) -> list[Vector]:
    embedding = HashEmbedding(64)
    return [tuple(embedding.get_text_embedding(text)) for text in texts]


def _shared_words(pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float, float]]:
    """Stand in for a model of entailment: the better half of the words is support."""
    found = [verdict.support for verdict in OverlapVerifier().verify(pairs)]
    return [(support, 1 - support, 0.0) for support in found]


@pytest.fixture(params=["combined", "overlap", "entailment"])
def verifier(request: pytest.FixtureRequest) -> Verifier:
    made: dict[str, Verifier] = {
        "combined": CombinedVerifier(_embedded),
        "overlap": OverlapVerifier(),
        "entailment": EntailmentVerifier("words", _shared_words),
    }
    return made[request.param]


def supported(verifier: Verifier, claim: str, premise: str = PREMISE) -> bool:
    (verdict,) = verifier.verify([(premise, claim)])
    return verdict.support >= verifier.threshold


def test_words_of_the_premise_are_supported(verifier: Verifier) -> None:
    assert supported(verifier, "Prothèse de hanche droite par voie postérieure.")


@pytest.mark.parametrize(
    "claim",
    ["Énoxaparine 6000 UI par jour pendant 35 jours.", "Prothèse de hanche gauche par voie postérieure."],
    ids=["another dose", "another side"],
)
def test_another_number_or_side_is_not(verifier: Verifier, claim: str) -> None:
    assert not supported(verifier, claim)


def test_verdicts_come_in_the_order_of_the_pairs_and_do_not_depend_on_them(verifier: Verifier) -> None:
    pairs = [(PREMISE, PREMISE), (PREMISE, "Fracture du poignet."), (PREMISE, "Prothèse de hanche droite.")]
    together = verifier.verify(pairs)
    assert together == [verdict for pair in pairs for verdict in verifier.verify([pair])]
    assert together[::-1] == verifier.verify(pairs[::-1])


def test_no_pairs_give_no_verdicts(verifier: Verifier) -> None:
    assert verifier.verify([]) == []


@given(premise=st.text(max_size=80), claim=st.text(max_size=80))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_give_scores_between_0_and_1(verifier: Verifier, premise: str, claim: str) -> None:
    (verdict,) = verifier.verify([(premise, claim)])
    assert 0.0 <= verdict.support <= 1.0
    assert 0.0 <= verdict.contradiction <= 1.0


@pytest.mark.parametrize("support", [0.0, 0.2, 0.4, 0.599, 0.8, 1.0])
def test_words_for_a_verdict_agree_with_the_threshold(verifier: Verifier, support: float) -> None:
    level = verifier.support_level(Verdict(support))
    assert (level in ("full", "partial")) == (support >= verifier.threshold)


def test_name_and_threshold_are_fixed(verifier: Verifier) -> None:
    assert verifier.name
    assert 0.0 < verifier.threshold < 1.0
