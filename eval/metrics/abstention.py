"""Abstention as a decision: right on questions without an answer, wrong on questions with one.

Each is 1 or 0 for an item and undefined elsewhere, so that the mean over the items is the share asked for.
"""

from __future__ import annotations

from eval.datasets.questions import EvalQuestion
from eval.scores import Score, Unscored
from rag.contract import AnswerJson

_UNDECLARED = Unscored("answerable_not_declared")


def abstain_precision(question: EvalQuestion, answer: AnswerJson) -> Score:
    """Of the abstentions, the share on questions that have no answer."""
    if question.answerable is None:
        return _UNDECLARED
    return float(not question.answerable) if answer.abstained else Unscored("answered")


def abstain_recall(question: EvalQuestion, answer: AnswerJson) -> Score:
    """Of the questions that have no answer, the share abstained from."""
    if question.answerable is None:
        return _UNDECLARED
    return Unscored("answerable") if question.answerable else float(answer.abstained)


def false_abstention(question: EvalQuestion, answer: AnswerJson) -> Score:
    """Of the questions that have an answer, the share abstained from: the smaller the better."""
    if question.answerable is None:
        return _UNDECLARED
    return float(answer.abstained) if question.answerable else Unscored("unanswerable")
