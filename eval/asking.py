"""Asks questions through the pipeline as ``ask`` does, and keeps each answer as one line of a file that an interrupted run goes on with."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eval.datasets.questions import EvalQuestion
from eval.datasets.records import read_records
from eval.scores import ItemScores, Score, Unscored
from rag.errors import ConfigurationError, StorageError, TrabouleError, Unavailable, UsageError

if TYPE_CHECKING:
    from rag.contract import AnswerJson
    from rag.pipeline import Question
    from rag.types import Answer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer. ``error`` is the key of the error where it could not be asked; ``answer`` is then None."""

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

    A question that fails is a value with its ``error``. What would befall every question is raised: a model or the home out of reach.
    """
    from rag.contract import answer_json
    from rag.pipeline import Question
    from rag.types import Filters

    filters = Filters() if question.patient_id is None else Filters.for_patient(question.patient_id, literature=False)
    begun = time.perf_counter()
    try:
        answer = answerer.answer(Question(question.text, filters=filters), use_llm=use_llm)
    except (Unavailable, StorageError, ConfigurationError):
        raise
    except TrabouleError as error:
        return Asked(question, None, 0.0, error.key)
    except Exception as error:  # one question must not end a run of hours
        _log.warning("question %s failed", question.id, exc_info=True)
        return Asked(question, None, 0.0, f"unexpected:{type(error).__name__}")
    return Asked(question, answer_json(answer), round(1000 * (time.perf_counter() - begun), 1))


def ask_all(answerer: Answerer, questions: Sequence[EvalQuestion], *, use_llm: bool, workers: int) -> Iterator[Asked]:
    """Ask questions, ``workers`` at once, and yield them in their order. More than one pays where a server does the work."""
    if workers == 1:
        yield from (ask(answerer, question, use_llm=use_llm) for question in questions)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda question: ask(answerer, question, use_llm=use_llm), questions)


class AnswersFile:
    """The answers of one run, a line each, written as they come. ``run`` names what they came from; lines of another run are refused."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self._run = path, run

    def begin(self) -> None:
        """Make the file anew.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("", encoding="utf-8")
        except OSError as error:
            raise self._not_written(error) from None

    def add(self, asked: Asked) -> None:
        """Append an answer; it is in the file when this returns. Raises as ``begin`` does."""
        question = asked.question
        line = {
            "_id": question.id,
            "run": self._run,
            "question": question.text,
            "language": question.language,
            "patient_id": question.patient_id,
            "answerable": question.answerable,
            "latency_ms": asked.latency_ms,
            "error": asked.error,
            "scores": {name: None if isinstance(score, Unscored) else round(score, 4) for name, score in asked.scores.items()},
            "unscored": {name: score.reason for name, score in asked.scores.items() if isinstance(score, Unscored)},
            "answer": asked.answer.to_json() if asked.answer else None,
        }
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise self._not_written(error) from None

    def known(self, questions: Sequence[EvalQuestion]) -> dict[str, Asked]:
        """Return the answers that the file holds already, by question id; a last line that was cut short is dropped from the file.

        Raises:
            UsageError: the file holds answers of another run.
        """
        if not self.path.is_file():
            self.begin()
            return {}
        self._drop_cut_line()
        by_id = {question.id: question for question in questions}
        return {asked.question.id: asked for asked in self._stored(by_id)}

    def _drop_cut_line(self) -> None:
        whole = self.path.read_bytes()
        if whole and not whole.endswith(b"\n"):
            self.path.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def _stored(self, by_id: Mapping[str, EvalQuestion]) -> Iterator[Asked]:
        from rag.contract import AnswerJson

        for record in read_records(self.path):
            values = record.values
            if values.get("run") != self._run or record.identifier() not in by_id:
                raise UsageError("eval_answers_differ", file=self.path)
            answer, error = values.get("answer"), values.get("error")
            yield Asked(
                by_id[record.identifier()],
                AnswerJson.model_validate(answer) if answer is not None else None,
                float(str(values.get("latency_ms", 0))),
                str(error) if error is not None else None,
                _scores(values.get("scores"), values.get("unscored")),
            )

    def _not_written(self, error: OSError) -> StorageError:
        return StorageError("eval_answers_not_written", file=self.path, reason=error.strerror or type(error).__name__)


def _scores(values: object, reasons: object) -> dict[str, Score]:
    if not isinstance(values, dict) or not isinstance(reasons, dict):
        return {}
    return {name: Unscored(str(reasons.get(name))) if value is None else float(value) for name, value in values.items()}
