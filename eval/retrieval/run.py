"""Runs of a search: over a collection that was read, over any corpus with gold documents, and over the
rankings of another system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.answers.scoring import library_of
from eval.datasets.gold import gold_collection
from eval.datasets.questions import read_questions
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.ranking import run_metrics
from eval.report.document import RunJson
from eval.report.summary import item, metrics_of
from eval.retrieval.measurement import measure_retrieval, remembered_speed
from eval.retrieval.trec import read_qrels, read_run
from eval.runs.homes import build_version, corpus_home, ingest_corpus
from eval.runs.setup import Setup
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from eval.datasets.beir import BeirDataset
    from eval.retrieval.measurement import RetrievalResult
    from rag.home import OpenHome
    from rag.ingest.report import IngestReport, Progress
    from rag.retrieve.retriever import Mode

_CHARACTERS_A_PASSAGE = 700
"""For the time left only."""


@dataclass(frozen=True, slots=True)
class GoldPlan:
    """Any corpus, and questions that name their gold documents. ``keep``, ``sample`` and ``limit`` are as in
    ``AnswersPlan``.
    """

    corpus: Path
    questions: Sequence[Path]
    keep: Path | None = None
    sample: int | None = None
    limit: int | None = None


def rank_collection(setup: Setup, dataset: BeirDataset, mode: Mode, cache: Path | None) -> RetrievalResult:
    """Index a collection that was read and measure one mode."""

    build = f"{dataset.checksum}|{build_version(setup.settings)}"
    home = corpus_home(
        setup.settings,
        setup.home,
        dataset.corpus,
        keep=cache,
        name=dataset.name,
        version=build,
        allow_fallback=mode == "sparse",  # words are then all that is searched
    )
    with home as (opened, kept):
        report = _ingest_collection(setup, opened, dataset)
        speed = remembered_speed(kept, report.passages, report.seconds)
        with setup.progress.counting("eval.searching", len(dataset.answerable())) as advance:
            return measure_retrieval(opened, dataset, mode, speed=speed, done=advance)


def rank_gold(setup: Setup, plan: GoldPlan, mode: Mode) -> tuple[BeirDataset, RetrievalResult]:
    """Ingest any corpus and rank its documents for questions that name their gold documents."""

    questions, corpus = read_questions(plan.questions), plan.corpus.expanduser()
    with corpus_home(setup.settings, setup.home, corpus, keep=plan.keep) as (opened, _):
        report = ingest_corpus(setup, opened, corpus)
        dataset = gold_collection(corpus, questions, opened.store, library_of(opened)).drawn(
            plan.sample, plan.limit
        )
        speed = report.passages / report.seconds if report.passages and report.seconds else None
        with setup.progress.counting("eval.searching", len(dataset.answerable())) as advance:
            result = measure_retrieval(opened, dataset, mode, speed=speed, done=advance)
        return dataset, replace(result, documents_failed=report.counts.failed)


def score_run(run: Path, qrels: Path) -> RunJson:
    """Score the rankings of a TREC run. Queries without a relevant document are left out and counted.

    Raises:
        UsageError: a line is malformed, or no query of the judgements has a relevant document.
    """

    scores, judged = read_run(run.expanduser()), read_qrels(qrels.expanduser())
    relevant = {
        query: grades for query, grades in judged.items() if any(grade > 0 for grade in grades.values())
    }
    if not relevant:
        raise UsageError("eval_no_judged_query", folder=qrels, split=qrels.stem)
    items = [
        item(query, found, {}) for query, found in run_metrics(scores, relevant, CATALOGUE.rankings).items()
    ]
    figures = {
        "queries_without_relevant": float(len(judged) - len(relevant)),
        "queries_without_ranking": float(len(relevant.keys() - scores.keys())),
        "queries_unjudged": float(len(scores.keys() - judged.keys())),
    }
    return RunJson(
        name=run.stem,
        measure="retrieval",
        n=len(items),
        metrics=metrics_of(CATALOGUE.names("retrieval"), items),
        items=items,
        figures=dict(figures),
    )


def _ingest_collection(setup: Setup, opened: OpenHome, dataset: BeirDataset) -> IngestReport:
    """Read the one file of a collection, under a bar of passages out of about as many as its length makes."""
    about = max(len(dataset.doc_ids), dataset.characters // _CHARACTERS_A_PASSAGE)
    with setup.progress.counting("eval.indexing", about) as advance:
        done = 0

        def show(at: Progress) -> None:
            nonlocal done
            reached = min(at.passages, about)
            advance(reached - done)
            done = reached

        opened.mend_index(show)
        return opened.ingestor.ingest([dataset.corpus.absolute()], show, of_nobody="literature")
