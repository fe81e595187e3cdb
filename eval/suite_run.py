"""Runs the parts of a suite one after the other and compares them with its thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.retrieval import RetrievalResult
from eval.runs import AnswersOutcome, AnswersPlan, run_answers, run_retrieval
from eval.suite import AnswersRun, Missed, RetrievalRun, Suite, missed, place, question_files
from rag.cli.session import Session


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """``limit`` asks the first questions only; ``keep`` is the folder under which the homes of the corpora are kept."""

    use_llm: bool = True
    limit: int | None = None
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class SuiteOutcome:
    """The result of each run by name, and the thresholds that were missed of all that applied."""

    results: Mapping[str, AnswersOutcome | RetrievalResult]
    missed: tuple[Missed, ...]
    thresholds: int

    @property
    def has_failures(self) -> bool:
        """Tell whether some input of a run failed."""
        return any(result.has_failures for result in self.results.values())

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval suite --json``, but for the name."""
        return {
            "passed": not self.missed,
            "missed": [asdict(item) for item in self.missed],
            "runs": {name: result.to_json() for name, result in self.results.items()},
        }


def run_suite(session: Session, suite: Suite, folder: Path, options: SuiteOptions) -> SuiteOutcome:
    """Run every part of a suite; ``folder`` is where its paths start from."""
    results: dict[str, AnswersOutcome | RetrievalResult] = {}
    below: list[Missed] = []
    thresholds = 0
    for run in suite.runs:
        results[run.name] = _result(session, run, folder, options)
        applying = {name: limit for name, limit in run.thresholds.items() if options.use_llm or not limit.llm_only}
        thresholds += len(applying)
        below += missed(run.name, applying, results[run.name].means)
    return SuiteOutcome(results, tuple(below), thresholds)


def _result(session: Session, run: AnswersRun | RetrievalRun, folder: Path, options: SuiteOptions) -> AnswersOutcome | RetrievalResult:
    if isinstance(run, RetrievalRun):
        return run_retrieval(session, place(run.beir, folder), run.split, run.mode, options.keep)
    files = question_files(run.questions, folder)
    return run_answers(session, AnswersPlan(place(run.corpus, folder), files, options.use_llm, options.limit, options.keep))
