"""Asks questions through the pipeline as ``ask`` does, and keeps each answer as one line of a file that an
interrupted run goes on with.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from eval.answers.outage import ASKED_AGAIN, NOTICES
from eval.datasets.questions import EvalQuestion
from eval.datasets.records import Record
from eval.runs.file import RunFile
from eval.statistics.scores import ItemScores, Score, Unscored
from rag.core.errors import ConfigurationError, StorageError, TrabouleError, Unavailable

if TYPE_CHECKING:
    from rag.contract import AnswerJson
    from rag.core.types import Answer
    from rag.pipeline import Question

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
WARM_UP = "dose"
"""Searched for once before a run, so that the first question is not timed with the loading of the model."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer. ``error`` is the key of the error where it could not be asked; ``answer``
    is then None.
    """

    question: EvalQuestion
    answer: AnswerJson | None
    latency_ms: float
    error: str | None = None
    scores: ItemScores = field(default_factory=dict)


class Answerer(Protocol):
    """What can be asked: the product's pipeline, or another system in its place."""

    def answer(self, question: Question, *, use_llm: bool = True) -> Answer:
        """Return the whole answer."""


def ask(answerer: Answerer, question: EvalQuestion, *, use_llm: bool) -> Asked:
    """Ask one question in its own words; its patient, where it has one, is the filter.

    A question that fails is a value with its ``error``, and so is one that the language model failed, whose
    answer would be that of a run without it. What would happen to every question is raised: an embedder or
    the home out of reach.
    """
    from rag.contract import answer_json
    from rag.core.types import Filters
    from rag.pipeline import Question

    filters = (
        Filters()
        if question.patient_id is None
        else Filters.for_patient(question.patient_id, literature=False)
    )
    begun = time.perf_counter()
    answer, error = attempted(
        question.id, lambda: answerer.answer(Question(question.text, filters=filters), use_llm=use_llm)
    )
    if answer is None:
        return Asked(question, None, 0.0, error)
    if use_llm and (lost := NOTICES.intersection(answer.notices)):
        return Asked(question, None, 0.0, min(lost))
    return Asked(question, answer_json(answer), round(1000 * (time.perf_counter() - begun), 1))


def attempted(question_id: str, work: Callable[[], _T]) -> tuple[_T | None, str | None]:
    """Return what the work on one question gives, or else the key of its error. What would happen to every
    question is raised.
    """
    try:
        return work(), None
    except (Unavailable, StorageError, ConfigurationError):
        raise
    except TrabouleError as error:
        return None, error.key
    except Exception as error:  # one question must not end a run of hours
        _log.warning("question %s failed", question_id, exc_info=True)
        return None, f"unexpected:{type(error).__name__}"


def ask_all(
    answerer: Answerer, questions: Sequence[EvalQuestion], *, use_llm: bool, workers: int
) -> Iterator[Asked]:
    """Ask questions, ``workers`` at once, and yield them in their order. More than one pays where a server
    does the work.
    """
    if workers == 1:
        yield from (ask(answerer, question, use_llm=use_llm) for question in questions)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda question: ask(answerer, question, use_llm=use_llm), questions)


class AnswersFile(RunFile):
    """The answers of one run, a line each."""

    def add(self, asked: Asked) -> None:
        """Append an answer. Raises as ``append`` does."""
        question = asked.question
        line = {
            "question": question.text,
            "language": question.language,
            "patient_id": question.patient_id,
            "answerable": question.answerable,
            "latency_ms": asked.latency_ms,
            "error": asked.error,
            "scores": {
                name: None if isinstance(score, Unscored) else score for name, score in asked.scores.items()
            },
            "unscored": {
                name: score.reason for name, score in asked.scores.items() if isinstance(score, Unscored)
            },
            "answer": asked.answer.to_json() if asked.answer else None,
        }
        self.append(question.id, line)

    def known(self, questions: Sequence[EvalQuestion]) -> dict[str, Asked]:
        """Return the answers that the file holds already, by question id, except for those to be asked again.
        Raises as ``records`` does.
        """
        by_id = {question.id: question for question in questions}
        found = {
            record.identifier(): _stored(record, by_id[record.identifier()]) for record in self.records(by_id)
        }  # the last line holds
        return {identifier: asked for identifier, asked in found.items() if asked.error not in ASKED_AGAIN}


def _stored(record: Record, question: EvalQuestion) -> Asked:
    from rag.contract import AnswerJson

    values = record.values
    answer, error = values.get("answer"), values.get("error")
    return Asked(
        question,
        AnswerJson.model_validate(answer) if answer is not None else None,
        float(str(values.get("latency_ms", 0))),
        str(error) if error is not None else None,
        _scores(values.get("scores"), values.get("unscored")),
    )


def _scores(values: object, reasons: object) -> dict[str, Score]:
    if not isinstance(values, dict) or not isinstance(reasons, dict):
        return {}
    return {
        name: Unscored(str(reasons.get(name))) if value is None else float(value)
        for name, value in values.items()
    }
