"""Puts every case to the judge, as often as asked, and keeps apart what was scored and what was not.

A mean is over the repeats that gave a score; a repeat without one has a reason, and an item without any has
no mean at all.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.judge.cases import Case
from eval.judge.writer import NoOpinion
from rag.core.errors import TrabouleError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opinion:
    """A score in [0, 1], and in words what the judge holds against the item."""

    score: float
    objections: str = ""


class Judge(Protocol):
    """Whoever scores a case by a metric."""

    name: str

    async def score(self, metric: str, case: Case, repeat: int, done: Callable[[], None]) -> Opinion:
        """Return a score; ``done`` is called after each request. Raises ``NoOpinion`` where there is none."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge said of one item by one metric: a score for each repeat that has one, a reason for each
    that has none.
    """

    id: str
    metric: str
    scores: tuple[float, ...] = ()
    reasons: tuple[str, ...] = ()
    objections: str = ""

    @property
    def mean(self) -> float | None:
        """Return the mean of the repeats that were scored, None where none was."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """Return the standard deviation over the repeats, None below two scores."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def reason(self) -> str | None:
        """Return why there is no score, None where there is one."""
        return None if self.scores else self.reasons[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked: these metrics, each so many times."""

    metrics: tuple[str, ...]
    repeats: int = 1

    def requests(self, cases: Sequence[Case]) -> int:
        """Return about how many requests that makes."""
        return sum(
            self.repeats * case.requests(metric)
            for metric in self.metrics
            for case in cases
            if case.lacking(metric) is None
        )


async def judge_all(
    judge: Judge, cases: Sequence[Case], plan: Plan, done: Callable[[int], None] = lambda count: None
) -> list[Judged]:
    """Judge every case by every metric, one metric after the other, in the order of the plan and the cases.

    Raises:
        TrabouleError: what would happen to every request, such as a server out of reach. What happens to one
        is a reason.
    """
    found: list[Judged] = []
    for metric in plan.metrics:
        asked = [_judge(judge, metric, case, plan.repeats, done) for case in cases]
        found += await asyncio.gather(*asked)
    return found


async def _judge(judge: Judge, metric: str, case: Case, repeats: int, done: Callable[[int], None]) -> Judged:
    if (lacking := case.lacking(metric)) is not None:
        return Judged(case.id, metric, reasons=(lacking,))
    outcomes = await asyncio.gather(*(_once(judge, metric, case, repeat, done) for repeat in range(repeats)))
    opinions = [outcome for outcome in outcomes if isinstance(outcome, Opinion)]
    return Judged(
        case.id,
        metric,
        tuple(opinion.score for opinion in opinions),
        tuple(outcome for outcome in outcomes if isinstance(outcome, str)),
        next((opinion.objections for opinion in opinions if opinion.objections), ""),
    )


async def _once(
    judge: Judge, metric: str, case: Case, repeat: int, done: Callable[[int], None]
) -> Opinion | str:
    """Return an opinion, or the reason why there is none."""
    left = case.requests(metric)

    def one() -> None:
        nonlocal left
        if left:
            left -= 1
            done(1)

    try:
        return await judge.score(metric, case, repeat, one)
    except NoOpinion as error:
        return error.reason
    except TrabouleError:
        raise
    except Exception:  # one item must not end a run of hours
        _log.warning("%s of %s failed", metric, case.id, exc_info=True)
        return "judge_failed"
    finally:
        done(left)
