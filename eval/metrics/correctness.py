"""Whether the right thing was done with a question, all in all: what risk is counted by."""

from __future__ import annotations

from collections.abc import Mapping

from eval.datasets.questions import EvalQuestion
from eval.scores import Score, Unscored
from rag.contract import AnswerJson


def correct(question: EvalQuestion, answer: AnswerJson, scores: Mapping[str, Score]) -> Score:
    """1 where a question without an answer is abstained from, or one with an answer gets every vital fact and no forbidden one.

    Where no fact is declared, citing a gold document stands for them.

    Args:
        question: with its gold.
        answer: to it.
        scores: ``nugget_recall``, ``must_not`` and ``doc_hit`` of this answer.
    """
    if question.answerable is False:
        return float(answer.abstained)
    found = scores["nugget_recall"] if question.must_have else scores["doc_hit"]
    if isinstance(found, Unscored):
        return Unscored("no_gold")
    return float(found == 1.0 and scores["must_not"] != 1.0)
