"""Risk and coverage: what is gained by answering only the questions the system is surest of.

El-Yaniv, Wiener: "On the Foundations of Noise-free Selective Classification", JMLR 2010. Coverage is the
share of all questions that are answered, risk the share of wrong ones among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """Answering everything at or above ``confidence`` covers ``coverage`` of the questions, ``risk`` of which
    are answered wrongly.
    """

    confidence: float
    coverage: float
    risk: float


def risk_coverage(answered: Sequence[tuple[float, bool]], total: int) -> list[Point]:
    """Return the curve from the surest answer to the last one given.

    Args:
        answered: confidence and rightness of each question that was answered; those of equal confidence enter
        together. total: all questions, with those that were abstained from.
    """
    ordered = sorted(answered, key=lambda item: -item[0])
    points: list[Point] = []
    wrong = 0
    for place, (confidence, is_right) in enumerate(ordered, start=1):
        wrong += not is_right
        if place == len(ordered) or ordered[place][0] != confidence:
            points.append(Point(confidence, place / total, wrong / place))
    return points


def area_under(points: Sequence[Point]) -> float | None:
    """Return the mean risk over the coverage reached, each step weighing as much as the questions it adds;
    None without a point.

    0 is best. Compare it between systems of equal coverage only.
    """
    if not points:
        return None
    before, area = 0.0, 0.0
    for point in points:
        area += point.risk * (point.coverage - before)
        before = point.coverage
    return area / before
