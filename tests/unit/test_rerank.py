"""The second stage: signals of texts, and orders by them, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from rag.core.passage_ids import document_part
from rag.core.types import Passage, Query, SparseVector, Vector
from rag.index.memory import MemoryIndex
from rag.retrieve.fusion import Fused
from rag.retrieve.rerank import RERANK, PairReranker, RankingWeights, Reranker, SignalReranker, fitted_weights
from rag.retrieve.signals import Signals, read_signals
from rag.retrieve.texts import Read, Texts

QUERY = Query("swollen left knee", "en")
OF_A = "document-a------"
"""What the ids of passages of one document begin with."""


def hit(name: str, text: str, score: float = 0.5, language: str = "en", cosine: float = 0.8) -> Read:
    passage = Passage(name, document_part(name), "r", 0, 0, len(text), text, "", "note", language)
    return Fused(name, score, {"dense": cosine}, score, score), passage


def signals_of(query: Query, hits: Sequence[Read], vectors: Mapping[str, Vector] = {}) -> Signals:
    return read_signals(query, [one for one, _ in hits], [passage for _, passage in hits], vectors)


def reranked(reranker: Reranker, query: Query, hits: Sequence[Read]) -> list[Fused]:
    index = MemoryIndex("none", 2)
    passages = [passage for _, passage in hits]
    index.upsert(passages, [(1.0, 0.0)] * len(passages), [SparseVector((), ())] * len(passages))
    return list(reranker.rerank(query, [one for one, _ in hits], Texts(index)))


def test_words_in_a_row_are_together_and_scattered_ones_are_not() -> None:
    near = hit("near", "A swollen left knee was seen.")
    far = hit(
        "far",
        "Swollen eyelids. He was born in the north of the country. Left alone for years, he fell. The knee"
        " hurts.",
    )
    signals = signals_of(QUERY, [near, far])
    assert signals.together == (1.0, 0.0)
    assert signals.sentence[0] == 1.0
    # every word stands in both passages, so all three weigh the same, and no sentence of the second holds
    # more than one
    assert signals.sentence[1] == pytest.approx(1 / 3)


def test_rare_words_weigh_more() -> None:
    query = Query("knee arthroscopy", "en")
    common = hit("common", "The knee.")
    signals = signals_of(
        query, [common, hit("rare", "Arthroscopy."), hit("third", "Knee pain."), hit("fourth", "No pain.")]
    )
    knee, arthroscopy = math.log(1 + 2.5 / 2.5), math.log(1 + 3.5 / 1.5)
    assert signals.sentence[0] == pytest.approx(knee / (knee + arthroscopy))
    assert signals.sentence[1] == pytest.approx(arthroscopy / (knee + arthroscopy))


@pytest.mark.parametrize(("text", "covered"), [("swollen left knee", 1.0), ("nothing of it", 0.0)])
def test_covered_tells_whether_one_candidate_names_the_question(text: str, covered: float) -> None:
    assert signals_of(QUERY, [hit("a", text), hit("b", "else")]).covered == covered


def test_translation_counts_for_a_passage_in_the_other_language() -> None:
    query = Query("infarctus du myocarde sous anticoagulants", "fr")
    signals = signals_of(
        query, [hit("en", "Anticoagulants after a heart attack."), hit("other", "Asthma in children.")]
    )
    assert signals.sentence[0] == 1.0
    assert signals.sentence[1] == 0.0


def test_kin_are_the_nearest_of_other_documents() -> None:
    candidates = [
        hit(f"{OF_A}1", "x", 0.9),
        hit(f"{OF_A}2", "x", 0.1),
        hit("b", "x", 0.5),
        hit("c", "x", 0.3),
    ]
    vectors = dict.fromkeys((f"{OF_A}1", f"{OF_A}2", "b", "c"), (1.0, 0.0))
    kin = signals_of(QUERY, candidates, vectors).kin
    assert kin[0] == pytest.approx((0.5 + 0.3) / 2)  # not a2, which is of the same document
    assert kin[2] == pytest.approx((0.9 + 0.1 + 0.3) / 3)


def test_lone_candidate_is_its_own_kin() -> None:
    assert signals_of(QUERY, [hit("a", "x", 0.7)], {"a": (1.0, 0.0)}).kin == (0.7,)


def test_document_is_the_nearness_of_all_its_candidates_together() -> None:
    of_a = hit(f"{OF_A}1", "x", cosine=0.8), hit(f"{OF_A}2", "x", cosine=0.6)
    candidates = [*of_a, hit("b", "x", cosine=0.9), hit("c", "x", cosine=0.0)]
    # the question is (0.8, 0.6, …): the mean of a1 = (1, 0, 0) and a2 = (0, 1, 0) has the length 1 / sqrt(2)
    vectors = {
        f"{OF_A}1": (1.0, 0.0, 0.0),
        f"{OF_A}2": (0.0, 1.0, 0.0),
        "b": (0.9, 0.0, math.sqrt(0.19)),
        "c": (0.0, 0.0, 1.0),
    }
    document = signals_of(QUERY, candidates, vectors).document
    together = 0.7 * math.sqrt(2)  # 0.99, the greatest; b has 0.9, c has 0
    assert document == pytest.approx((1.0, 1.0, 0.9 / together, 0.0), abs=1e-6)


def test_like_best_is_the_nearness_to_the_three_first() -> None:
    candidates = [hit(name, "x") for name in ("a", "b", "c", "near", "far")]
    vectors = dict.fromkeys(("a", "b", "c"), (1.0, 0.0)) | {"near": (0.8, 0.6), "far": (0.6, 0.8)}
    # cosines with the mean of the first three, (1, 0): 1, 1, 1, 0.8, 0.6
    assert signals_of(QUERY, candidates, vectors).like_best == pytest.approx(
        (1.0, 1.0, 1.0, 0.5, 0.0), abs=1e-6
    )


def test_weights_switch_between_words_and_kin() -> None:
    weights = RankingWeights(
        vector=1.0, words=1.0, together=1.0, sentence=1.0, kin=2.0, document=0.5, like_best=0.5
    )
    candidates = [hit("a", "x", 0.5)]
    named = Signals((1.0,), (0.5,), (0.9,), (0.4,), (0.2,), covered=1.0)
    unnamed = Signals((1.0,), (0.5,), (0.9,), (0.4,), (0.2,), covered=0.0)
    assert weights.scores([one for one, _ in candidates], named) == [
        pytest.approx((0.5 + 0.5 + 1.0 + 0.5 + 0.2 + 0.1) / 5)
    ]
    assert weights.scores([one for one, _ in candidates], unnamed) == [
        pytest.approx((0.5 + 0.5 + 2 * 0.9 + 0.2 + 0.1) / 5)
    ]


def test_tail_stays_behind_in_its_order() -> None:
    candidates = [
        hit("a", "nothing", 0.9),
        hit("b", "A swollen left knee.", 0.8),
        hit("c", "x", 0.7),
        hit("d", "x", 0.2),
    ]
    placed = reranked(SignalReranker(2, fitted_weights()), QUERY, candidates)
    assert {one.passage_id for one in placed[:2]} == {"a", "b"}
    assert [one.passage_id for one in placed[2:]] == ["c", "d"]
    scores = [one.score for one in placed]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(one.stage_scores[RERANK] == one.score and one.stage_scores["dense"] == 0.8 for one in placed)


def test_a_scorer_of_pairs_decides_alone() -> None:
    class Longest:
        name = "longest"

        def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
            assert all(query == QUERY.text for query, _ in pairs)
            return [len(passage) / 100 for _, passage in pairs]

    candidates = [hit("short", "x", 0.9), hit("long", "x" * 50, 0.1), hit("tail", "x" * 90, 0.05)]
    placed = reranked(PairReranker(2, Longest(), lambda passage: passage.text), QUERY, candidates)
    assert [one.passage_id for one in placed] == ["long", "short", "tail"]


@pytest.mark.parametrize("text", ["?", "de la", "🫀", "\x07"])
def test_question_without_words_keeps_the_order_of_the_fusion(text: str) -> None:
    candidates = [hit("a", "one", 0.9), hit("b", "two", 0.4)]
    placed = reranked(SignalReranker(10, fitted_weights()), Query(text, "fr"), candidates)
    assert [one.passage_id for one in placed] == ["a", "b"]


def test_candidate_erased_since_it_was_ranked_is_left_out() -> None:
    index = MemoryIndex("none", 2)
    hits = [hit("erased", "A swollen left knee.", 0.9), hit("kept", "A knee.", 0.8)]
    index.upsert([hits[1][1]], [(1.0, 0.0)], [SparseVector((), ())])
    texts = Texts(index)
    placed = list(SignalReranker(10, fitted_weights()).rerank(QUERY, [one for one, _ in hits], texts))
    assert [one.passage_id for one in placed] == ["kept"]
    assert [passage.passage_id for _, passage in texts.each(one for one, _ in hits)] == ["kept"]
