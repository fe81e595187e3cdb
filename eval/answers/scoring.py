"""Answers, scored: every question through the product's pipeline, every metric of every answer, and their
means.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.answers.interview import WARM_UP, AnswersFile, Asked, ask_all
from eval.answers.outage import Outage
from eval.datasets.questions import EvalQuestion
from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.citations import Judge
from eval.metrics.answers.library import Library, names_of
from eval.metrics.catalogue import CATALOGUE
from eval.statistics.scores import PLACES, Score, Summary, Unscored, percentile, summarise

if TYPE_CHECKING:
    from eval.answers.interview import Answerer
    from rag.contract import AnswerJson
    from rag.home import OpenHome


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores one answer by every metric."""

    judge: Judge
    library: Library

    def scores(self, question: EvalQuestion, answer: AnswerJson) -> dict[str, Score]:
        """Return a score, or why there is none, for each metric of answers."""
        case = AnswerCase(question, answer, self.judge, self.library)
        return {metric.name: metric.score(case) for metric in CATALOGUE.answers}


def question_slices(question: EvalQuestion, library: Library) -> dict[str, str]:
    """Return the slices of a question: language, whether it asks of a patient, whether it has an answer, the
    kind of its gold document.
    """
    found = dict(question.slices)
    if question.language:
        found["language"] = question.language
    found["asks_of"] = "literature" if question.patient_id is None else "patient"
    if question.answerable is not None:
        found["answerable"] = "yes" if question.answerable else "no"
    kinds = {
        document.kind
        for doc_id in library.resolve(question.gold_docs)
        if (document := library.document(doc_id)) is not None
    }
    if kinds:
        found["kind"] = next(iter(kinds)) if len(kinds) == 1 else "several"
    return found


def library_of(opened: OpenHome) -> Library:
    """Return the documents of a home, by the names that gold may use for them."""
    names: dict[str, set[str]] = defaultdict(set)
    for summary in opened.store.list():
        for name in names_of(summary.doc_id, summary.source_uri):
            names[name].add(summary.doc_id)
    return Library(opened.store.get, {name: frozenset(ids) for name, ids in names.items()})


def make_scorer(opened: OpenHome) -> Scorer:
    """Return a scorer over the documents of a home, with its own verifier as the judge."""
    return Scorer(Judge(opened.stages.extractor.aligner.verifier), library_of(opened))


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are asked. ``resume`` keeps the answers that the file holds already; ``workers`` are
    asked at once.

    ``answerer`` stands in for the pipeline of the home: another system over the same documents.
    """

    use_llm: bool
    resume: bool = False
    workers: int = 1
    answerer: Answerer | None = None


def measure_answers(
    opened: OpenHome,
    questions: Sequence[EvalQuestion],
    file: AnswersFile,
    how: Asking,
    done: Callable[[], None] = lambda: None,
) -> AnswersResult:
    """Ask and score every question.

    Args:
        opened: a home that holds the corpus.
        questions: what to ask.
        file: takes each answer as it comes, in the order of the questions.
        how: with or without the language model, anew or going on, how many at once.
        done: called after each question.

    Raises:
        Unavailable: a model is out of reach; what was answered is in the file.
    """
    scorer, pipeline = make_scorer(opened), opened.pipeline()
    known = file.known(questions) if how.resume else {}
    if not how.resume:
        file.begin()
    waiting = [question for question in questions if question.id not in known]
    if waiting:
        pipeline.search(WARM_UP, k=1)  # loads the embedder, so that the first question is not timed with it
    asked, outage = dict(known), Outage()
    for item in ask_all(how.answerer or pipeline, waiting, use_llm=how.use_llm, workers=how.workers):
        outage.heed(item.error, wrote=item.answer is not None and "generate" in item.answer.trace.timings_ms)
        asked[item.question.id] = _scored(scorer, item)
        file.add(asked[item.question.id])
        done()
    for _ in known:
        done()
    return AnswersResult(tuple(asked[question.id] for question in questions), file.path)


def _scored(scorer: Scorer, asked: Asked) -> Asked:
    if asked.answer is None:
        return Asked(
            asked.question,
            None,
            0.0,
            asked.error,
            dict.fromkeys(CATALOGUE.names("answers"), Unscored("failed")),
        )
    return Asked(
        asked.question, asked.answer, asked.latency_ms, None, scorer.scores(asked.question, asked.answer)
    )


@dataclass(frozen=True, slots=True)
class AnswersResult:
    """Every question with its answer and scores, and the file that holds them."""

    items: tuple[Asked, ...]
    file: Path

    @property
    def answers(self) -> list[AnswerJson]:
        """Return the answers of the questions that could be asked."""
        return [item.answer for item in self.items if item.answer is not None]

    def summary(self, language: str | None = None) -> Summary:
        """Return means, intervals and unscored counts, of the questions in one language or of all."""
        return summarise(
            CATALOGUE.names("answers"),
            [item.scores for item in self.items if language in (None, item.question.language)],
        )

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval answers --json``."""
        summary, answers = self.summary(), self.answers
        times = [item.latency_ms for item in self.items if item.answer is not None]
        languages = sorted({item.question.language for item in self.items if item.question.language})
        return {
            "n": len(self.items),
            "answered": sum(not answer.abstained for answer in answers),
            "abstained": dict(Counter(str(answer.abstain_reason) for answer in answers if answer.abstained)),
            "failed": {item.question.id: item.error for item in self.items if item.error is not None},
            "means": _rounded(summary),
            "intervals": {
                name: pair and [round(end, PLACES) for end in pair]
                for name, pair in summary.intervals.items()
            },
            "counts": dict(summary.counts),
            "unscored": {name: dict(reasons) for name, reasons in summary.unscored.items()},
            "by_language": {language: _rounded(self.summary(language)) for language in languages},
            "answers": str(self.file),
            "latency_ms": {"p50": percentile(times, 0.5), "p95": percentile(times, 0.95)},
            "tokens": {
                "in": sum(answer.trace.tokens_in for answer in answers),
                "out": sum(answer.trace.tokens_out for answer in answers),
            },
            "notices": dict(Counter(notice for answer in answers for notice in answer.notices)),
            **self.provenance(),
        }

    def provenance(self) -> dict[str, object]:
        """Return what produced the answers; the questions of one run differ in the language of the prompt
        only.
        """
        if not self.answers:
            return {}
        traces = [answer.trace for answer in self.answers]
        return {
            "model": traces[0].model,
            "embedder": traces[0].embedder,
            "verifier": traces[0].verifier,
            "index": traces[0].index_version,
            "prompts": sorted(
                {f"{trace.prompt_id}@{trace.prompt_sha256[:12]}" for trace in traces if trace.prompt_id}
            ),
            "settings_fingerprint": traces[0].settings_fingerprint,
        }


def _rounded(summary: Summary) -> dict[str, float | None]:
    return {name: None if mean is None else round(mean, PLACES) for name, mean in summary.means.items()}
