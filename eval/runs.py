"""The runs behind the commands: prepare the home of a corpus, ingest, measure, with progress on standard error."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eval.homes import build_version, corpus_home, corpus_state, ingest_corpus
from rag.cli.progress import counting
from rag.cli.session import Session
from rag.core.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from eval.answers import AnswersResult
    from eval.datasets.beir import BeirDataset
    from eval.datasets.questions import EvalQuestion
    from eval.report.document import RunJson
    from eval.retrieval import RetrievalResult
    from eval.verify import VerifyReport
    from rag.build import OpenHome
    from rag.ingest.report import IngestReport, Progress
    from rag.retrieve.retriever import Mode


_CHARACTERS_A_PASSAGE = 700
"""For the time left only."""


@dataclass(frozen=True, slots=True)
class AnswersPlan:
    """What ``eval answers`` was asked for.

    ``keep`` is the folder under which the home of the corpus is kept; ``file`` takes the answers and is named after the run when None.
    ``limit`` takes the first questions, ``sample`` a fixed draw; ``cross_patients`` asks each of every other patient's record.
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
        from eval.datasets.choose import crossed, sampled

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
        """Tell whether a part of the corpus could not be read, or a question not be asked: the exit code is then 3."""
        return bool(self.inputs_failed) or any(item.error is not None for item in self.result.items)

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval answers --json``."""
        return {**self.result.to_json(), "documents": self.documents, "inputs_failed": self.inputs_failed}


@dataclass(frozen=True, slots=True)
class GoldPlan:
    """Any corpus, and questions that name their gold documents. ``keep``, ``sample`` and ``limit`` are as in ``AnswersPlan``."""

    corpus: Path
    questions: Sequence[Path]
    keep: Path | None = None
    sample: int | None = None
    limit: int | None = None


def rank_collection(session: Session, dataset: BeirDataset, mode: Mode, cache: Path | None) -> RetrievalResult:
    """Index a collection that was read and measure one mode."""
    from eval.retrieval import measure_retrieval, remembered_speed

    build = f"{dataset.checksum}|{build_version(session.settings)}"
    home = corpus_home(
        session.settings,
        session.home,
        dataset.corpus,
        keep=cache,
        name=dataset.name,
        version=build,
        allow_fallback=mode == "sparse",  # words are then all that is searched
    )
    with home as (opened, kept):
        report = _ingest_collection(session, opened, dataset)
        speed = remembered_speed(kept, report.passages, report.seconds)
        with _bar(session, "eval.searching", len(dataset.answerable())) as advance:
            return measure_retrieval(opened, dataset, mode, speed=speed, done=advance)


def rank_gold(session: Session, plan: GoldPlan, mode: Mode) -> tuple[BeirDataset, RetrievalResult]:
    """Ingest any corpus and rank its documents for questions that name their gold documents."""
    from eval.answers import make_scorer
    from eval.datasets.gold import gold_collection
    from eval.datasets.questions import read_questions
    from eval.retrieval import measure_retrieval

    questions, corpus = read_questions(plan.questions), plan.corpus.expanduser()
    with corpus_home(session.settings, session.home, corpus, keep=plan.keep) as (opened, _):
        report = ingest_corpus(session, opened, corpus)
        dataset = gold_collection(corpus, questions, opened.store, make_scorer(opened).library).drawn(plan.sample, plan.limit)
        speed = report.passages / report.seconds if report.passages and report.seconds else None
        with _bar(session, "eval.searching", len(dataset.answerable())) as advance:
            result = measure_retrieval(opened, dataset, mode, speed=speed, done=advance)
        return dataset, replace(result, documents_failed=report.counts.failed)


def run_verify(session: Session, paths: Sequence[Path], form: str, sample: int | None = None, limit: int | None = None) -> VerifyReport:
    """Verify the pairs of files, a fixed draw of them or the first; all are read and checked before the first is verified."""
    from eval.datasets.choose import sampled
    from eval.datasets.pairs import read_all_pairs
    from eval.verify import verify_pairs
    from rag.build import open_verifier

    pairs = sampled(read_all_pairs([path.expanduser() for path in paths], form), sample)[:limit]
    with counting(session, "eval.verifying") as bars:
        task = bars.add_task("", total=len(pairs))
        return verify_pairs(pairs, open_verifier(session.settings, session.home), lambda count: bars.advance(task, count))


def run_answers(session: Session, plan: AnswersPlan) -> AnswersOutcome:
    """Ingest a corpus, ask every question, score.

    Raises:
        Unavailable: answers are to be written and the language model is not there.
    """
    from eval.answers import Asking, make_scorer, measure_answers, question_slices
    from eval.asking import AnswersFile
    from eval.datasets.declared import checksum
    from eval.datasets.questions import read_questions

    questions = plan.chosen(read_questions(plan.questions))
    with corpus_home(session.settings, session.home, plan.corpus.expanduser(), keep=plan.keep) as (opened, _):
        if plan.use_llm and "llm_unavailable" in opened.stages.notices:
            raise Unavailable("eval_no_llm", name=session.settings.llm.name)
        report = ingest_corpus(session, opened, plan.corpus.expanduser())
        run = _run_name(opened, questions, use_llm=plan.use_llm)
        file = plan.file or session.home / "eval" / "answers" / f"{plan.questions[0].stem}-{run}.jsonl"
        with _bar(session, "eval.asking", len(questions)) as advance:
            how = Asking(plan.use_llm, plan.resume, plan.workers)
            result = measure_answers(opened, questions, AnswersFile(file, run), how, done=advance)
        library = make_scorer(opened).library
        return AnswersOutcome(
            result,
            opened.store.coverage().documents_searched,
            report.counts.failed,
            {"corpus": checksum([plan.corpus.expanduser()]), "questions": hashlib.sha256(repr(questions).encode()).hexdigest()},
            {question.id: question_slices(question, library) for question in questions},
        )


def score_run(run: Path, qrels: Path) -> RunJson:
    """Score the rankings of a TREC run. Queries without a relevant document are left out and counted.

    Raises:
        UsageError: a line is malformed, or no query of the judgements has a relevant document.
    """
    from eval.metrics.ranking import METRICS, run_metrics
    from eval.report.document import RunJson
    from eval.report.summary import item, metrics_of
    from eval.trec import read_qrels, read_run

    scores, judged = read_run(run.expanduser()), read_qrels(qrels.expanduser())
    relevant = {query: grades for query, grades in judged.items() if any(grade > 0 for grade in grades.values())}
    if not relevant:
        raise UsageError("eval_no_judged_query", folder=qrels, split=qrels.stem)
    items = [item(query, found, {}) for query, found in run_metrics(scores, relevant).items()]
    figures = {
        "queries_without_relevant": float(len(judged) - len(relevant)),
        "queries_without_ranking": float(len(relevant.keys() - scores.keys())),
        "queries_unjudged": float(len(scores.keys() - judged.keys())),
    }
    return RunJson(name=run.stem, measure="retrieval", n=len(items), metrics=metrics_of(METRICS, items), items=items, figures=dict(figures))


def _ingest_collection(session: Session, opened: OpenHome, dataset: BeirDataset) -> IngestReport:
    """Read the one file of a collection, under a bar of passages out of about as many as its length makes."""
    about = max(len(dataset.doc_ids), dataset.characters // _CHARACTERS_A_PASSAGE)
    with counting(session, "eval.indexing") as bars:
        task = bars.add_task("", total=about)

        def show(at: Progress) -> None:
            bars.update(task, completed=min(at.passages, about))

        opened.mend_index(show)
        return opened.ingestor.ingest([dataset.corpus.absolute()], show)


def _run_name(opened: OpenHome, questions: Sequence[EvalQuestion], *, use_llm: bool) -> str:
    """Name what the answers of a run come from: program, settings, metrics, corpus, questions."""
    from eval.answers import METRICS

    program = (version("traboule"), opened.stages.trace.settings_fingerprint, repr(METRICS))
    parts = (*program, corpus_state(opened), str(use_llm), repr(questions))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@contextmanager
def _bar(session: Session, key: str, total: int) -> Iterator[Callable[[], None]]:
    with counting(session, key) as bars:
        task = bars.add_task("", total=total)
        yield lambda: bars.advance(task)
