"""The choices of a run, scored: with evidence, by the model alone, and by the commonest answer, all of the
same questions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from eval.choice.choices import Chosen
from eval.choice.chooser import UNREADABLE, Choice
from eval.datasets.choice import ChoiceQuestion
from eval.metrics.choice import CHOICES, MAJORITY, NO_CONTEXT, choice_scores
from eval.statistics.scores import Score, Unscored

_NAMES = tuple(metric.name for metric in CHOICES)


@dataclass(frozen=True, slots=True)
class Marked:
    """A question with its choices. ``majority`` is the commonest answer of its set; ``gold_found`` says
    whether the evidence holds a gold document.
    """

    question: ChoiceQuestion
    chosen: Chosen
    majority: tuple[str, ...]
    gold_found: Score

    def choices(self) -> dict[str, Choice]:
        """Return the choices by condition, that of the run under the empty name."""
        found = {"": self.chosen.choice, MAJORITY: Choice(self.majority)}
        return found if self.chosen.with_context is None else {**found, NO_CONTEXT: self.chosen.no_context}

    def scores(self) -> dict[str, Score]:
        """Return every metric of every condition, and ``evidence_hit`` where documents were searched."""
        found = {
            f"{metric}_{condition}" if condition else metric: score
            for condition, choice in self.choices().items()
            for metric, score in self._scores(choice).items()
        }
        return found if self.chosen.with_context is None else {**found, "evidence_hit": self.gold_found}

    def slices(self) -> dict[str, str]:
        """Return the slices of the question: its language, its set, and those that the set declares."""
        found = {**dict(self.question.slices), "language": self.question.language}
        return {**found, "dataset": self.question.dataset} if self.question.dataset else found

    def _scores(self, choice: Choice) -> dict[str, Score]:
        question = self.question
        if choice.error is not None:
            return dict.fromkeys(_NAMES, Unscored(UNREADABLE if choice.error == UNREADABLE else "failed"))
        return choice_scores(choice.letters, question.gold, takes_several=question.takes_several)


def metric_names(*, with_context: bool) -> tuple[str, ...]:
    """Return the metrics of a question, those of the run first."""
    conditions = ("", *((NO_CONTEXT,) if with_context else ()), MAJORITY)
    names = tuple(
        f"{metric}_{condition}" if condition else metric for metric in _NAMES for condition in conditions
    )
    return (*names, "evidence_hit") if with_context else names


def commonest(questions: Sequence[ChoiceQuestion]) -> dict[str, tuple[str, ...]]:
    """Return, for each question, the answer that is right most often among the questions of its set; the
    first by letters among equals.

    It is read off the very questions it is scored on, which flatters it a little: a baseline that is hard to
    beat by luck.
    """
    counts: dict[tuple[str, bool], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for question in questions:
        if question.gold:
            counts[_kind(question)][question.gold] += 1
    best = {kind: min(found, key=lambda gold: (-found[gold], gold)) for kind, found in counts.items()}
    return {question.id: best.get(_kind(question), ()) for question in questions}


def gold_found(question: ChoiceQuestion, chosen: Chosen, wanted: Collection[str]) -> Score:
    """1 where the evidence holds one of the documents ``wanted``, which are the question's gold documents by
    their ids.
    """
    if chosen.with_context is None or (chosen.with_context.error is not None and not chosen.evidence):
        return Unscored("failed")
    if not question.gold_docs:
        return Unscored("no_gold_docs")
    if not wanted:
        return Unscored("gold_docs_not_indexed")
    return float(any(extract.doc in wanted for extract in chosen.evidence))


def _kind(question: ChoiceQuestion) -> tuple[str, bool]:
    return question.dataset, question.takes_several
