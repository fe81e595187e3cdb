"""Agreement of ragas, the verifier and people, against tables counted by hand."""

from __future__ import annotations

import json

import pytest

from eval.datasets.pairs import LabelledPair
from eval.judge.agreement import agreement, kappa, opinion_on_pairs
from eval.judge.opinions import Judged
from eval.statistics.inference import statistic_interval
from eval.verify.measurement import VerifyReport

LABELS = (1, 1, 1, 0, 0, 0)
PAIRS = tuple(LabelledPair("p", "c", label, str(place)) for place, label in enumerate(LABELS))
VERIFIED = VerifyReport("verifier", 0.5, (0.9, 0.8, 0.1, 0.2, 0.6, 0.1), PAIRS, 1.0)
JUDGED = (
    Judged("0", "faithfulness", (1.0,)),
    Judged("1", "faithfulness", (0.5,)),
    Judged("2", "faithfulness", reasons=("timeout",)),
    Judged("3", "faithfulness", (1.0, 0.5)),
    Judged("4", "faithfulness", (1.0,)),
    Judged("5", "faithfulness", reasons=("cut_short",)),
)


def test_kappa_is_what_is_left_of_agreement_when_chance_is_taken_off() -> None:
    first, second = [1] * 25 + [0] * 25, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert kappa(first, second) == pytest.approx(
        0.4
    )  # same 35/50 = 0.7; by chance 0.5 × 0.6 + 0.5 × 0.4 = 0.5; 0.2 / 0.5


def test_kappa_is_undefined_where_both_say_the_same_of_everything() -> None:
    assert kappa([1, 1], [1, 1]) is None
    assert kappa([1, 1], [1, 0]) == 0.0


def test_the_intervals_hold_the_figures() -> None:
    found = agreement(("a", "b"), [1, 1, 1, 0, 0, 0, 1, 0], [1, 1, 0, 0, 0, 1, 1, 0])
    assert (found.n, found.share, found.kappa) == (
        8,
        0.75,
        pytest.approx(0.5),
    )  # by chance ½; (0.75 − 0.5) / 0.5
    for value, interval in ((found.share, found.share_interval), (found.kappa, found.kappa_interval)):
        assert interval is not None
        assert value is not None
        assert interval[0] <= value <= interval[1]


def test_draws_without_a_figure_are_left_out() -> None:
    assert statistic_interval(lambda places: None, 5) is None
    assert statistic_interval(lambda places: 1.0, 1) is None
    assert statistic_interval(lambda places: 2.0 if places[0] else None, 5) == (2.0, 2.0)


def test_everybody_is_measured_on_the_pairs_that_ragas_scored() -> None:
    document = json.loads(json.dumps(opinion_on_pairs("ragas 0", JUDGED, VERIFIED, 4.0).to_json()))
    assert (document["n"], document["scored"], document["share_unscored"]) == (6, 4, 0.3333)
    assert document["unscored"] == {"1": {"timeout": 1}, "0": {"cut_short": 1}}
    # of 0, 1 | 3, 4 ragas calls 0 and 4 supported: a claim counts where every statement is, in every repeat
    assert document["raters"]["ragas"]["balanced_accuracy"] == 0.5
    assert (
        document["raters"]["verifier"]["balanced_accuracy"] == 0.75
    )  # 0.9 and 0.8 pass, 0.2 does not, 0.6 does
    assert document["raters"]["ragas"]["auroc"] == pytest.approx(
        (0.5 + 1 + 0 + 0) / 4
    )  # 1 : 0.75, 1 and 0.5 : 0.75, 1
    shares = {tuple(found["between"]): found["share"] for found in document["agreement"]}
    assert shares == {("ragas", "verifier"): 0.75, ("ragas", "labels"): 0.5, ("verifier", "labels"): 0.75}


def test_pairs_without_labels_have_the_agreement_of_the_two_judges_alone() -> None:
    bare = tuple(LabelledPair("p", "c", None, pair.id) for pair in PAIRS)
    found = opinion_on_pairs(
        "ragas 0", JUDGED, VerifyReport("verifier", 0.5, VERIFIED.scores, bare, 1.0), 4.0
    )
    assert [agreed.between for agreed in found.agreements()] == [("ragas", "verifier")]
    assert found.judge.means["balanced_accuracy"] is None


def test_one_pair_without_a_label_takes_nothing_from_the_others() -> None:
    pairs = (LabelledPair("p", "c", None, PAIRS[0].id), *PAIRS[1:])
    found = opinion_on_pairs(
        "ragas 0", JUDGED, VerifyReport("verifier", 0.5, VERIFIED.scores, pairs, 1.0), 4.0
    )
    assert {agreed.between: agreed.n for agreed in found.agreements()} == {
        ("ragas", "verifier"): 4,
        ("ragas", "labels"): 3,
        ("verifier", "labels"): 3,
    }


def test_nothing_scored_is_no_agreement() -> None:
    nothing = tuple(Judged(pair.id, "faithfulness", reasons=("timeout",)) for pair in PAIRS)
    document = opinion_on_pairs("ragas 0", nothing, VERIFIED, 1.0).to_json()
    assert (document["scored"], document["agreement"], document["share_unscored"]) == (0, [], 1.0)
