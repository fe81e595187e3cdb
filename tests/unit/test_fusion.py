"""Fused scores, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rag.core.types import IndexHit
from rag.retrieve.fusion import fuse


def hit(name: str, score: float) -> IndexHit:
    return IndexHit(name, score)


def no_cosines(passage_ids: Sequence[str]) -> Mapping[str, float]:
    return {}


def foreign(passage_ids: Sequence[str]) -> set[str]:
    return {name for name in passage_ids if name.startswith("foreign")}


def scores(
    rankings: Mapping[str, Sequence[IndexHit]], *, dense_weight: float = 0.6, language_gap: float = 0.0
) -> dict[str, float]:
    fused = fuse(rankings, no_cosines, foreign, dense_weight=dense_weight, language_gap=language_gap)
    return {one.passage_id: round(one.score, 6) for one in fused}


def test_each_ranking_is_scaled_before_it_is_weighed() -> None:
    rankings = {
        "dense": [hit("a", 0.9), hit("b", 0.8), hit("c", 0.7)],
        "en": [hit("c", 12.0), hit("b", 6.0), hit("d", 3.0)],
    }
    # dense: a 1, b 0.5, c 0; words, as shares of the best: c 1, b 0.5, d 0.25
    assert scores(rankings) == {"a": 0.6, "b": 0.5, "c": 0.4, "d": 0.1}
    assert scores(rankings, dense_weight=0.0) == {"c": 1.0, "b": 0.5, "d": 0.25, "a": 0.0}


def test_a_passage_that_only_words_found_has_its_true_cosine() -> None:
    asked: list[list[str]] = []

    def cosines(passage_ids: Sequence[str]) -> Mapping[str, float]:
        asked.append(list(passage_ids))
        return dict.fromkeys(passage_ids, 0.4)

    rankings = {"dense": [hit("a", 0.9), hit("b", 0.8)], "en": [hit("b", 3.0), hit("c", 1.0)]}
    fused = {one.passage_id: one for one in fuse(rankings, cosines, foreign, dense_weight=0.6)}
    assert asked == [["c"]]
    # dense from 0.4 to 0.9: a 1, b 0.8, c 0; words: b 1, c 1/3
    assert {name: round(one.score, 6) for name, one in fused.items()} == {"b": 0.88, "a": 0.6, "c": 0.133333}
    assert {name: set(one.stage_scores) for name, one in fused.items()} == {
        "a": {"dense", "hybrid"},
        "b": {"dense", "lexical", "hybrid"},
        "c": {"dense", "lexical", "hybrid"},
    }
    assert fused["c"].stage_scores["dense"] == 0.4


def test_gap_between_languages_is_levelled_for_the_rank_and_not_in_the_cosine_told() -> None:
    rankings = {"dense": [hit("own", 0.84), hit("foreign", 0.83), hit("last", 0.80)]}
    assert list(scores(rankings)) == ["own", "foreign", "last"]
    levelled = fuse(rankings, no_cosines, foreign, dense_weight=0.6, language_gap=0.02)
    assert [one.passage_id for one in levelled] == ["foreign", "own", "last"]
    assert [round(one.score, 6) for one in levelled] == [1.0, 0.8, 0.0]  # 0.85, 0.84, 0.80
    assert levelled[0].stage_scores["dense"] == 0.83


def test_languages_share_one_lexical_ranking() -> None:
    rankings = {
        "dense": [hit("a", 0.5), hit("b", 0.5)],
        "fr": [hit("a", 10.0)],
        "en": [hit("b", 5.0), hit("c", 0.0)],
    }
    # words scaled together: a 1, b 0.5, c 0; dense all equal: 1. b: 0.6 + 0.4 x 0.5
    assert scores(rankings) == {"a": 1.0, "b": 0.8, "c": 0.0}


@pytest.mark.parametrize("channels", [("dense",), ("en",), ("fr", "en")])
def test_a_silent_channel_has_no_say(channels: tuple[str, ...]) -> None:
    rankings: dict[str, list[IndexHit]] = {"dense": [], "fr": [], "en": []}
    for number, channel in enumerate(channels):
        rankings[channel] = [hit(f"{channel}1", 4.0 - number), hit(f"{channel}2", 2.0 - number)]
    fused = scores(rankings)
    assert max(fused.values()) == 1.0
    assert (
        min(fused.values()) == {("dense",): 0.0, ("en",): 0.5, ("fr", "en"): 0.25}[channels]
    )  # words are shares of the best, 4


def test_nothing_found_is_an_empty_list() -> None:
    assert fuse({"dense": (), "en": ()}, no_cosines, foreign, dense_weight=0.6, language_gap=0.02) == []


def test_equal_scores_go_by_id() -> None:
    assert list(scores({"dense": [hit("b", 0.5), hit("c", 0.9), hit("a", 0.5)]})) == ["c", "a", "b"]
