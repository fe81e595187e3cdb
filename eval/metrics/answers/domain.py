"""Where metrics of answers are defined: each tells of an answer why it is outside, None where it is
inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from eval.metrics.answers.case import AnswerCase

Gold = Literal["must_have", "nice_to_have", "must_not", "gold_docs", "gold_quotes", "facts"]


def answerable(case: AnswerCase) -> str | None:
    """Questions that are not declared to be without an answer."""
    return "unanswerable" if case.question.answerable is False else None


def unanswerable(case: AnswerCase) -> str | None:
    """Questions that are not declared to have an answer."""
    return "answerable" if case.question.answerable else None


def declared(case: AnswerCase) -> str | None:
    """Questions that declare whether they have an answer."""
    return "answerable_not_declared" if case.question.answerable is None else None


def answered(case: AnswerCase) -> str | None:
    """Answers that say anything."""
    return None if case.answer.claims else "abstained"


def abstained(case: AnswerCase) -> str | None:
    """Abstentions."""
    return None if case.answer.abstained else "answered"


def of_a_patient(case: AnswerCase) -> str | None:
    """Questions about one patient."""
    return "no_patient" if case.question.patient_id is None else None


def has(gold: Gold) -> Callable[[AnswerCase], str | None]:
    """Questions that have some gold."""

    def lacking(case: AnswerCase) -> str | None:
        return None if getattr(case.question, gold) else f"no_{gold}"

    return lacking


def has_vital_facts(case: AnswerCase) -> str | None:
    """Questions with a statement that a good answer must make."""
    return None if any(fact.is_vital for fact in case.question.facts) else "no_facts"


def has_okay_facts(case: AnswerCase) -> str | None:
    """Questions with a statement that a good answer may make."""
    return None if any(not fact.is_vital for fact in case.question.facts) else "no_facts"


def gold_is_indexed(case: AnswerCase) -> str | None:
    """Questions with a gold document that the home holds."""
    return None if case.library.resolve(case.question.gold_docs) else "gold_docs_not_indexed"


def gold_is_quotable(case: AnswerCase) -> str | None:
    """Questions with a gold quote that stands in the documents."""
    return None if case.library.gold_places(case.question) else "gold_quotes_not_found"
