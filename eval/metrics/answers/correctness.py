"""Whether the right thing was done with a question, all in all: what risk is counted by."""

from __future__ import annotations

from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.domain import gold_is_indexed
from eval.metrics.answers.grounding import doc_hit
from eval.metrics.answers.nuggets import any_held, share_held
from eval.statistics.scores import Score, Unscored


def correct(case: AnswerCase) -> Score:
    """1 where a question without an answer is abstained from, or one with an answer gets every vital fact and
    no forbidden one.

    Where no fact is declared, citing a gold document stands for them.
    """
    question, said = case.question, case.answer.answer
    if question.answerable is False:
        return float(case.answer.abstained)
    if question.must_have:
        is_complete = share_held(said, question.must_have) == 1.0
    elif question.gold_docs and gold_is_indexed(case) is None:
        is_complete = doc_hit(case) == 1.0
    else:
        return Unscored("no_gold")
    return float(is_complete and not any_held(said, question.must_not))
