"""How far ragas, our verifier and people agree on labelled pairs: each against the labels, and any two with
each other.

Only pairs that ragas scored are compared, the same for everybody; how many it did not is told for each label.
A claim counts as supported by ragas where all of its statements are, in every repeat. Cohen's kappa: "A
Coefficient of Agreement for Nominal Scales", 1960.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from eval.judge.opinions import Judged
from eval.statistics.inference import bootstrap_interval, statistic_interval
from eval.verify.measurement import VerifyReport

LABELS = "labels"
SUPPORTED_FROM = 1.0
"""Fixed beforehand: one statement that the premise does not support makes a claim unsupported, as it does for
the label.
"""
_RAW = ("balanced_accuracy", "auroc")
Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two agree on ``n`` pairs: the share called the same, and kappa, which is 0 for what chance
    alone would bring.
    """

    between: tuple[str, str]
    n: int
    share: float
    share_interval: Interval
    kappa: float | None
    kappa_interval: Interval


@dataclass(frozen=True, slots=True)
class PairsOpinion:
    """What everybody said of the pairs that ragas scored; ``unscored`` counts the others by label and
    reason.
    """

    judge: VerifyReport
    verifier: VerifyReport
    judged: tuple[Judged, ...]
    unscored: Mapping[str, Mapping[str, int]]

    @property
    def raters(self) -> dict[str, VerifyReport]:
        """Return who is measured against the labels, by name."""
        return {"ragas": self.judge, "verifier": self.verifier}

    def agreements(self) -> list[Agreement]:
        """Return the agreement of any two: the labels, the verifier, ragas; with the labels over the pairs
        that have one, if any has.
        """
        calls: dict[str, list[int | None]] = {
            name: [int(score >= report.threshold) for score in report.scores]
            for name, report in self.raters.items()
        }
        calls[LABELS] = [pair.label for pair in self.judge.pairs]
        found = []
        for first, second in combinations(calls, 2):
            both = [
                (one, two)
                for one, two in zip(calls[first], calls[second], strict=True)
                if one is not None and two is not None
            ]
            if both:
                found.append(agreement((first, second), [one for one, _ in both], [two for _, two in both]))
        return found

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval judge --pairs --json``."""
        asked = len(self.judged)
        return {
            "judge": self.judge.verifier,
            "n": asked,
            "scored": len(self.judge.pairs),
            "unscored": {label: dict(reasons) for label, reasons in self.unscored.items()},
            "share_unscored": round(1 - len(self.judge.pairs) / asked, 4) if asked else None,
            "raters": {name: _rated(report) for name, report in self.raters.items()},
            "agreement": [
                {
                    "between": list(found.between),
                    "n": found.n,
                    "share": round(found.share, 4),
                    "share_interval": rounded(found.share_interval),
                    "kappa": None if found.kappa is None else round(found.kappa, 4),
                    "kappa_interval": rounded(found.kappa_interval),
                }
                for found in self.agreements()
            ],
            "items": [
                {
                    "id": pair.id,
                    "label": pair.label,
                    "ragas": score,
                    "verifier": support,
                }
                for pair, score, support in zip(
                    self.judge.pairs, self.judge.scores, self.verifier.scores, strict=True
                )
            ],
        }


def opinion_on_pairs(
    judge: str, judged: Sequence[Judged], verified: VerifyReport, seconds: float
) -> PairsOpinion:
    """Put what ragas and the verifier said of the same pairs, in the same order, side by side."""
    lines = list(zip(judged, verified.pairs, verified.scores, strict=True))
    scored = [(mean, pair, support) for found, pair, support in lines if (mean := found.mean) is not None]
    unscored: dict[str, Counter[str]] = {}
    for found, pair, _ in lines:
        if found.reason is not None:
            unscored.setdefault(str(pair.label), Counter())[found.reason] += 1
    pairs = tuple(pair for _, pair, _ in scored)
    return PairsOpinion(
        VerifyReport(judge, SUPPORTED_FROM, tuple(mean for mean, _, _ in scored), pairs, seconds),
        VerifyReport(
            verified.verifier,
            verified.threshold,
            tuple(support for _, _, support in scored),
            pairs,
            verified.seconds,
        ),
        tuple(judged),
        unscored,
    )


def agreement(between: tuple[str, str], first: Sequence[int], second: Sequence[int]) -> Agreement:
    """Return how far two agree on what is supported (1) and what is not (0), with 95 % bootstrap intervals
    over the pairs.
    """
    same = [float(one == other) for one, other in zip(first, second, strict=True)]

    def of_draw(places: Sequence[int]) -> float | None:
        return kappa([first[place] for place in places], [second[place] for place in places])

    interval = statistic_interval(of_draw, len(same))
    return Agreement(
        between, len(same), sum(same) / len(same), bootstrap_interval(same), kappa(first, second), interval
    )


def kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Return Cohen's kappa; None where both say the same of everything, so that chance alone would bring full
    agreement.
    """
    if len({*first, *second}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(first, second))


def rounded(interval: Interval) -> list[float] | None:
    """Return the ends of an interval for a document."""
    return None if interval is None else [round(end, 4) for end in interval]


def _rated(report: VerifyReport) -> dict[str, object]:
    intervals = report.intervals(report.labelled)
    return {
        "name": report.verifier,
        "threshold": report.threshold,
        **{name: report.means[name] for name in _RAW},
        "intervals": {name: rounded(intervals.get(name)) for name in _RAW},
    }
