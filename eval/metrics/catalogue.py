"""Every metric there is, by what is measured: scoring, means, reports, comparisons and thresholds read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Literal

from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.records import ANSWERS
from eval.metrics.choice import CHOICES, EVIDENCE_HIT, MACRO_F1, MAJORITY, NO_CONTEXT, ChoiceCase, under
from eval.metrics.metric import ItemMetric, Metric
from eval.metrics.ranking import RANKINGS, RankingMetric
from eval.metrics.verdicts import VERDICTS, VerdictMetric

Measure = Literal["answers", "retrieval", "verify", "choice"]


class Catalogue:
    """The metrics of each measure, in the order in which they are shown."""

    def __init__(self) -> None:
        self.answers: tuple[ItemMetric[AnswerCase], ...] = ANSWERS
        self.rankings: tuple[RankingMetric, ...] = RANKINGS
        self.verdicts: tuple[VerdictMetric, ...] = VERDICTS
        self.choices: tuple[ItemMetric[ChoiceCase], ...] = CHOICES

    def of(self, measure: Measure) -> tuple[Metric, ...]:
        """Return the metrics of a measure; of choices, those of the baselines too."""
        if measure == "choice":
            plain = (*self.choices, MACRO_F1)
            return (
                *plain,
                *(under(metric, baseline) for metric in plain for baseline in (NO_CONTEXT, MAJORITY)),
                EVIDENCE_HIT,
            )
        known: Mapping[str, Sequence[Metric]] = {
            "answers": self.answers,
            "retrieval": self.rankings,
            "verify": self.verdicts,
        }
        return tuple(known[measure])

    def names(self, measure: Measure) -> tuple[str, ...]:
        """Return the names of the metrics of a measure."""
        return tuple(metric.name for metric in self.of(measure))

    def headline(self, measure: Measure) -> tuple[str, ...]:
        """Return the names of what stands at the head of a report, the first first."""
        placed = sorted(
            (metric.headline, metric.name) for metric in self.of(measure) if metric.headline is not None
        )
        return tuple(name for _, name in placed)

    def all(self) -> Iterator[Metric]:
        """Yield every metric."""
        return chain(self.of("answers"), self.of("retrieval"), self.of("verify"), self.of("choice"))

    def find(self, name: str, measure: Measure | None = None) -> Metric | None:
        """Return a metric by name, None where there is none: the one of a measure, or the first of any."""
        found = self.all() if measure is None else iter(self.of(measure))
        return next((metric for metric in found if metric.name == name), None)

    def is_better(self, name: str, difference: float) -> bool:
        """Tell whether a difference (new minus old) is for the better; more is better of what is not
        known.
        """
        metric = self.find(name)
        return difference > 0 if metric is None else metric.is_better(difference)

    @contextmanager
    def with_answer_metric(self, metric: ItemMetric[AnswerCase]) -> Iterator[None]:
        """Hold one more metric of answers for a while: a trial, before its record is written beside the
        others.

        Raises:
            ValueError: there is a metric of that name.
        """
        if self.find(metric.name) is not None:
            raise ValueError(f"there is a metric named {metric.name}")
        before = self.answers
        self.answers = (*before, metric)
        try:
            yield
        finally:
            self.answers = before


CATALOGUE = Catalogue()
