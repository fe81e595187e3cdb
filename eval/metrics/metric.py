"""What is known of a metric in one place: its name, where it is defined, its words in both languages, and how
it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from eval.statistics.scores import Score, Unscored

T = TypeVar("T")
Plot = Literal["share", "count"]
"""A ``share`` lies in [0, 1] and is drawn as a bar; a ``count`` has no upper end and is written as a number.
"""
Undefined = Callable[[T], str | None]
"""Says why an item is not in the domain of a metric, as a key of the table ``unscored``; None where it is."""


class Words(NamedTuple):
    """A text in English and French."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric, whatever it measures.

    ``label`` names it and ``about`` says what it is; ``promise`` is the only value that is no fault, where
    there is one; ``headline`` is its place at the head of a report, None where it does not stand there.
    """

    name: str
    label: Words
    about: Words
    plot: Plot = "share"
    is_lower_better: bool = False
    promise: float | None = None
    headline: int | None = None

    def is_better(self, difference: float) -> bool:
        """Tell whether a difference (new minus old) is for the better."""
        return difference < 0 if self.is_lower_better else difference > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMetric(Metric, Generic[T]):
    """A metric of single items; its mean is over those of its ``domain``, and the others are counted by
    reason.
    """

    function: Callable[[T], Score]
    domain: tuple[Undefined[T], ...] = ()

    def score(self, item: T) -> Score:
        """Return the score of an item, or the first reason why it has none."""
        for undefined in self.domain:
            if (reason := undefined(item)) is not None:
                return Unscored(reason)
        return self.function(item)
