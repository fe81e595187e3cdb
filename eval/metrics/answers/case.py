"""What a metric of answers is told: a question with its gold, the answer to it, and what it is held
against.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.datasets.questions import EvalQuestion
from eval.metrics.answers.citations import Judge
from eval.metrics.answers.library import Library
from rag.contract import AnswerJson


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """One answer to one question; ``judge`` says what entails what, ``library`` holds the documents."""

    question: EvalQuestion
    answer: AnswerJson
    judge: Judge
    library: Library
