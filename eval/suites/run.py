"""Runs the parts of a suite one after the other, keeps each as it is done, compares them with the thresholds,
and writes the report.

A part that fails is a value with its reason: the others go on, and its thresholds count as missed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.report.document import RunJson
from eval.report.store import ReportFolder
from eval.runs.setup import Setup
from eval.suites.dataset import dataset_of
from eval.suites.declaration import (
    FAILED,
    AnswersRun,
    ChoiceRun,
    Missed,
    RetrievalRun,
    Suite,
    SuiteRun,
    Threshold,
    VerifyRun,
    missed,
    place,
    question_files,
    reached,
)
from rag.core.errors import StorageError, TrabouleError, Unavailable, UsageError

if TYPE_CHECKING:
    from eval.answers.run import AnswersPlan


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """How a suite is run.

    ``limit`` asks the first questions only; ``keep`` is the folder under which the homes of the corpora are
    kept; ``data`` holds the declared data sets; ``cache`` keeps the indexes of collections; ``workers``
    questions are asked at once; ``sample`` takes a fixed draw of every run, where that is fewer than the run
    declares.
    """

    use_llm: bool = True
    limit: int | None = None
    keep: Path | None = None
    data: Path | None = None
    cache: Path | None = None
    workers: int = 1
    sample: int | None = None

    def draw(self, run: SuiteRun) -> int | None:
        """Return how many items of a run are taken, None for all."""
        return min((count for count in (self.sample, run.sample) if count is not None), default=None)


@dataclass(frozen=True, slots=True)
class Measured:
    """One part that was measured: as a part of the report, as its own command would print it, and its items
    with their texts.
    """

    run: RunJson
    result: Mapping[str, object]
    browsed: Iterable[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class SuiteOutcome:
    """The parts by name, and the thresholds that were missed of all that applied."""

    parts: Mapping[str, Measured]
    missed: tuple[Missed, ...]
    applied: tuple[tuple[str, str, Threshold], ...]
    errors: tuple[TrabouleError, ...] = ()

    @property
    def has_failures(self) -> bool:
        """Tell whether a part, or some input of one, failed."""
        return any(
            part.run.error
            or part.run.failed
            or part.run.figures.get("inputs_failed")
            or part.run.figures.get("documents_failed")
            for part in self.parts.values()
        )

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval suite --json``, except for the name."""
        return {
            "passed": not self.missed,
            "missed": [asdict(item) for item in self.missed],
            "runs": {name: part.result for name, part in self.parts.items()},
        }


def run_suite(
    setup: Setup, suite: Suite, folder: Path, options: SuiteOptions, report: ReportFolder
) -> SuiteOutcome:
    """Run every part of a suite that the report does not hold yet; ``folder`` is where its paths start from.

    Raises:
        Unavailable: a model is out of reach. What was measured is kept, and ``resume`` goes on with it.
        StorageError: the disk is.
        TrabouleError: every part failed; the first reason is raised.
    """
    with _shared_homes(options) as options:
        parts, errors = _measured(setup, suite, folder, options, report)
    if len(errors) == len(suite.runs):
        raise errors[0]
    return _judged(suite, parts, tuple(errors))


@contextmanager
def _shared_homes(options: SuiteOptions) -> Iterator[SuiteOptions]:
    """Let the runs of a suite share the home of a corpus, so that it is read once, also where the user keeps
    none.
    """
    if options.keep is not None:
        yield options
        return
    with tempfile.TemporaryDirectory(prefix="traboule-suite-", ignore_cleanup_errors=True) as temporary:
        yield replace(options, keep=Path(temporary))


def _measured(
    setup: Setup, suite: Suite, folder: Path, options: SuiteOptions, report: ReportFolder
) -> tuple[dict[str, Measured], list[TrabouleError]]:
    parts: dict[str, Measured] = {}
    errors: list[TrabouleError] = []
    for run in suite.runs:
        if kept := report.kept(run.name):
            parts[run.name] = Measured(*kept)
            continue
        try:
            parts[run.name] = _measure(setup, run, folder, options, report)
        except (Unavailable, StorageError):
            # the next part would fare no better, and an unfinished report goes on with what was answered
            raise
        except TrabouleError as error:
            errors.append(error)
            failed = RunJson(name=run.name, measure=run.measure, error=error.describe(setup.language))
            parts[run.name] = Measured(failed, {"error": error.key})
            continue
        report.keep(parts[run.name].run, parts[run.name].result, parts[run.name].browsed)
    return parts, errors


def judged(suite: Suite, runs: Iterable[RunJson]) -> SuiteOutcome:
    """Compare runs that were measured before with the thresholds of a suite."""
    return _judged(suite, {run.name: Measured(run, {}) for run in runs}, ())


def _judged(suite: Suite, parts: Mapping[str, Measured], errors: tuple[TrabouleError, ...]) -> SuiteOutcome:
    below: list[Missed] = []
    applied: list[tuple[str, str, Threshold]] = []
    always = {FAILED: Threshold(max=0.0)} if any(run.thresholds for run in suite.runs) else {}
    for run in suite.runs:
        part = parts.get(run.name)
        quotes_only = (
            isinstance(run, AnswersRun) and part is not None and part.run.system.get("model") == "none"
        )
        applying = {
            name: limit
            for name, limit in (always | run.thresholds).items()
            if not (quotes_only and limit.llm_only)
        }
        applied += [(run.name, name, limit) for name, limit in applying.items()]
        below += missed(run.name, applying, reached(part.run) if part else {})
    return SuiteOutcome(parts, tuple(below), tuple(applied), errors)


def _measure(
    setup: Setup, run: SuiteRun, folder: Path, options: SuiteOptions, report: ReportFolder
) -> Measured:
    declared = dataset_of(run, options.data, setup.progress)  # before the hours that the run may take
    measured = _of_kind(setup, run, folder, options, report)
    return replace(measured, run=measured.run.model_copy(update={"dataset": declared}))


def _of_kind(
    setup: Setup, run: SuiteRun, folder: Path, options: SuiteOptions, report: ReportFolder
) -> Measured:
    if isinstance(run, RetrievalRun):
        return _retrieval(setup, run, folder, options)
    if isinstance(run, VerifyRun):
        return _verify(setup, run, folder, options)
    if isinstance(run, ChoiceRun):
        return _choice(setup, run, folder, options, report)
    return _answers(setup, run, folder, options, report)


def _retrieval(setup: Setup, run: RetrievalRun, folder: Path, options: SuiteOptions) -> Measured:
    from eval.datasets.beir import read_beir
    from eval.datasets.declarations import dataset
    from eval.retrieval.report import browsed_queries, retrieval_run
    from eval.retrieval.run import GoldPlan, rank_collection, rank_gold

    if run.corpus is not None:
        plan = GoldPlan(
            place(run.corpus, folder),
            question_files(run.questions, folder),
            options.keep,
            options.draw(run),
            options.limit,
        )
        collection, result = rank_gold(setup, plan, run.mode)
    else:
        path = (
            dataset(run.dataset, "retrieval").paths(options.data)[0]
            if run.dataset
            else place(run.beir or "", folder)
        )
        collection = read_beir(path, run.split).drawn(options.draw(run), options.limit)
        result = rank_collection(setup, collection, run.mode, options.cache or options.keep)
    return Measured(
        retrieval_run(run.name, collection, result), result.to_json(), browsed_queries(collection, result)
    )


def _verify(setup: Setup, run: VerifyRun, folder: Path, options: SuiteOptions) -> Measured:
    from eval.datasets.declarations import checksum, dataset
    from eval.verify.report import browsed_pairs, verify_run
    from eval.verify.run import run_verify

    declared = dataset(run.dataset, "verify") if run.dataset else None
    paths = declared.paths(options.data) if declared else [place(run.pairs or "", folder)]
    result = run_verify(
        setup, paths, declared.form if declared else "pairs", options.draw(run), options.limit
    )
    taken = {"sample": options.draw(run), "limit": options.limit}
    data = {"pairs": checksum(paths), **{name: str(count) for name, count in taken.items() if count}}
    return Measured(verify_run(run.name, result, data), result.to_json(), browsed_pairs(result))


def _choice(
    setup: Setup, run: ChoiceRun, folder: Path, options: SuiteOptions, report: ReportFolder
) -> Measured:
    from eval.choice.report import browsed_choices, choice_json, choice_run
    from eval.choice.run import ChoicePlan, run_choice
    from eval.datasets.declarations import dataset

    if not options.use_llm:
        raise UsageError("eval_choice_no_llm")
    if run.dataset:
        declared = dataset(run.dataset, "choice")
        paths, form = declared.paths(options.data), declared.form
        files, corpus = paths[: len(declared.files)], paths[-1] if declared.corpus else None
    else:
        files, form, corpus = (
            question_files(run.questions, folder),
            run.form,
            place(run.corpus, folder) if run.corpus else None,
        )
    file = report.answers(run.name)
    plan = ChoicePlan(
        files,
        form,
        corpus,
        run.context,
        options.limit,
        options.draw(run),
        options.keep,
        file,
        resume=file.exists(),
    )
    outcome = run_choice(setup, plan)
    part = choice_run(run.name, outcome)
    return Measured(part, choice_json(part, outcome), browsed_choices(outcome))


def _answers(
    setup: Setup, run: AnswersRun, folder: Path, options: SuiteOptions, report: ReportFolder
) -> Measured:
    from eval.answers.report import answers_run, browsed_answers
    from eval.answers.run import run_answers

    outcome = run_answers(setup, _plan(setup, run, folder, options, report))
    return Measured(answers_run(run.name, outcome), outcome.to_json(), browsed_answers(outcome))


def _plan(
    setup: Setup, run: AnswersRun, folder: Path, options: SuiteOptions, report: ReportFolder
) -> AnswersPlan:
    from eval.answers.run import AnswersPlan
    from eval.datasets.declarations import dataset
    from eval.datasets.qa import prepare

    if run.dataset:
        ready = prepare(dataset(run.dataset, "answers"), options.data, setup.home / "eval" / "sets")
        corpus, files = ready.corpus, [ready.questions]
    else:
        corpus, files = place(run.corpus or "", folder), question_files(run.questions, folder)
    file = report.answers(run.name)
    return AnswersPlan(
        corpus,
        files,
        use_llm=options.use_llm and run.llm,
        limit=options.limit,
        keep=options.keep,
        file=file,
        resume=file.exists(),
        workers=options.workers,
        sample=options.draw(run),
        cross_patients=run.cross_patients,
    )
