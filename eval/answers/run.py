"""A run of answers: ingest a corpus into a home of its own, ask every question, score."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eval.answers.interview import AnswersFile
from eval.answers.scoring import Asking, library_of, measure_answers, question_slices
from eval.datasets.declarations import checksum
from eval.datasets.questions import read_questions
from eval.datasets.sample import crossed, sampled
from eval.metrics.catalogue import CATALOGUE
from eval.runs.homes import corpus_home, corpus_state, ingest_corpus
from eval.runs.setup import Setup
from rag.core.errors import Unavailable

if TYPE_CHECKING:
    from eval.answers.scoring import AnswersResult
    from eval.datasets.questions import EvalQuestion
    from rag.home import OpenHome


@dataclass(frozen=True, slots=True)
class AnswersPlan:
    """What ``eval answers`` was asked for.

    ``keep`` is the folder under which the home of the corpus is kept; ``file`` takes the answers and is named
    after the run when None. ``limit`` takes the first questions, ``sample`` a fixed draw; ``cross_patients``
    asks each of every other patient's record.
    """

    corpus: Path
    questions: Sequence[Path]
    use_llm: bool
    limit: int | None = None
    keep: Path | None = None
    file: Path | None = None
    resume: bool = False
    workers: int = 1
    sample: int | None = None
    cross_patients: bool = False

    def chosen(self, questions: Sequence[EvalQuestion]) -> list[EvalQuestion]:
        """Return the questions that are asked."""

        return sampled(crossed(questions) if self.cross_patients else questions, self.sample)[: self.limit]


@dataclass(frozen=True, slots=True)
class AnswersOutcome:
    """A result, with how many inputs of the corpus could not be read.

    ``data`` names corpus and questions by checksum; ``slices`` gives those of each question by its id.
    """

    result: AnswersResult
    documents: int
    inputs_failed: int
    data: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def means(self) -> Mapping[str, float | None]:
        """Return the mean of every metric."""
        return self.result.summary().means

    @property
    def has_failures(self) -> bool:
        """Tell whether a part of the corpus could not be read, or a question not be asked: the exit code is
        then 3.
        """
        return bool(self.inputs_failed) or any(item.error is not None for item in self.result.items)

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval answers --json``."""
        return {**self.result.to_json(), "documents": self.documents, "inputs_failed": self.inputs_failed}


def run_answers(setup: Setup, plan: AnswersPlan) -> AnswersOutcome:
    """Ingest a corpus, ask every question, score.

    Raises:
        Unavailable: answers are to be written and the language model is not there.
    """

    questions = plan.chosen(read_questions(plan.questions))
    with corpus_home(setup.settings, setup.home, plan.corpus.expanduser(), keep=plan.keep) as (opened, _):
        if plan.use_llm and "llm_unavailable" in opened.stages.notices:
            raise Unavailable("eval_no_llm", name=setup.settings.llm.name)
        report = ingest_corpus(setup, opened, plan.corpus.expanduser())
        run = _run_name(opened, questions, use_llm=plan.use_llm)
        file = plan.file or setup.home / "eval" / "answers" / f"{plan.questions[0].stem}-{run}.jsonl"
        with setup.progress.counting("eval.asking", len(questions)) as advance:
            how = Asking(plan.use_llm, plan.resume, plan.workers)
            result = measure_answers(opened, questions, AnswersFile(file, run), how, done=advance)
        library = library_of(opened)
        return AnswersOutcome(
            result,
            opened.store.coverage().documents_searched,
            report.counts.failed,
            {
                "corpus": checksum([plan.corpus.expanduser()]),
                "questions": hashlib.sha256(repr(questions).encode()).hexdigest(),
            },
            {question.id: question_slices(question, library) for question in questions},
        )


def _run_name(opened: OpenHome, questions: Sequence[EvalQuestion], *, use_llm: bool) -> str:
    """Name what the answers of a run come from: program, settings, metrics, corpus, questions."""

    program = (
        version("traboule"),
        opened.stages.trace.settings_fingerprint,
        repr([metric.name for metric in CATALOGUE.of("answers")]),
    )
    parts = (*program, corpus_state(opened), str(use_llm), repr(questions))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
