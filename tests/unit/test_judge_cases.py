"""What the judge is asked of: items of a report, labelled pairs, and why some of them are not asked."""

from __future__ import annotations

import pytest

from eval.datasets.pairs import LabelledPair
from eval.judge.cases import Case, case_of_item, case_of_pair

ITEM: dict[str, object] = {
    "id": "q1",
    "question": "Which side?",
    "error": None,
    "claims": [{"text": "The left hip."}, {"text": "No fever."}],
    "evidence": [{"title": "Report", "text": "Left hip replaced."}, {"title": "", "text": "Afebrile."}],
    "gold": {
        "facts": [{"text": "The left side was operated."}],
        "quotes": ["Left hip"],
        "must_have": [{"text": "left|gauche"}],
    },
}


def test_an_item_is_read_as_question_answer_evidence_and_reference() -> None:
    case = case_of_item(ITEM)
    assert case == Case(
        "q1",
        "Which side?",
        "The left hip. No fever.",
        ("Report\nLeft hip replaced.", "Afebrile."),
        "The left side was operated.",
    )
    assert [
        case.lacking(metric)
        for metric in ("faithfulness", "answer_relevancy", "context_recall", "context_precision")
    ] == [None] * 4


def test_quotes_are_the_reference_where_no_facts_are_known_and_strings_to_look_for_never_are() -> None:
    assert (
        case_of_item({**ITEM, "gold": {"facts": [], "quotes": ["Left hip"], "must_have": []}}).reference
        == "Left hip"
    )
    assert case_of_item({**ITEM, "gold": {"must_have": [{"text": "left|gauche"}]}}).reference == ""


@pytest.mark.parametrize(
    ("changed", "metric", "reason"),
    [
        ({"error": "llm_timeout"}, "faithfulness", "failed"),
        ({"claims": []}, "faithfulness", "abstained"),
        ({"claims": []}, "answer_relevancy", "abstained"),
        ({"claims": []}, "context_recall", None),  # what was found can be judged without an answer
        ({"evidence": []}, "context_precision", "no_evidence"),
        ({"evidence": []}, "answer_relevancy", None),
        ({"gold": {}}, "context_recall", "no_reference"),
        ({"gold": None}, "context_precision", "no_reference"),
        ({"gold": {}}, "faithfulness", None),
    ],
)
def test_what_is_lacking_is_named(changed: dict[str, object], metric: str, reason: str | None) -> None:
    assert case_of_item({**ITEM, **changed}).lacking(metric) == reason


def test_fields_of_another_form_count_as_missing() -> None:
    case = case_of_item({"id": "q", "claims": "text", "evidence": [3, {"text": "E"}], "gold": ["x"]})
    assert (case.answer, case.contexts, case.reference, case.undefined) == ("", ("E",), "", None)


def test_a_pair_is_an_answer_with_one_piece_of_evidence() -> None:
    case = case_of_pair(LabelledPair("The left hip was replaced.", " Left side. ", 1, "7-true"))
    assert (case.id, case.answer, case.contexts) == ("7-true", "Left side.", ("The left hip was replaced.",))
    assert case_of_pair(LabelledPair(" ", "Left side.", 0, "8")).lacking("faithfulness") == "no_evidence"


def test_requests_are_counted_for_the_time_left() -> None:
    case = case_of_item(ITEM)
    found = [
        case.requests(metric)
        for metric in ("faithfulness", "answer_relevancy", "context_recall", "context_precision")
    ]
    assert found == [2, 1, 1, 2]  # statements and verdicts; one; one; one for each of two pieces of evidence
