"""How right a verifier is: its support for labelled (premise, claim) pairs against the labels.

The threshold is the verifier's own, fixed beforehand; nothing here is tuned to the pairs. Where no line is
labelled there are scores alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from eval.datasets.pairs import LabelledPair, read_pairs
from eval.metrics.calibration import Bin, reliability
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.verdicts import Verdicts
from eval.statistics.scores import PLACES
from rag.clinical.language import detect_language
from rag.core.protocols import Verifier

_BATCH = 32
SUPPORTED, UNSUPPORTED = "supported", "not_supported"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Supports in the order of the pairs, and what they are worth; figures are None where the labels do not
    allow them.
    """

    verifier: str
    threshold: float
    scores: tuple[float, ...]
    pairs: tuple[LabelledPair, ...]
    seconds: float

    @property
    def labelled(self) -> list[tuple[LabelledPair, float]]:
        """Return the pairs that have a label, each with its score."""
        return [
            (pair, score)
            for pair, score in zip(self.pairs, self.scores, strict=True)
            if pair.label is not None
        ]

    @property
    def bins(self) -> list[Bin]:
        """Return the reliability of the scores, bin by bin."""
        return reliability(*_columns(self.labelled))

    @property
    def means(self) -> dict[str, float | None]:
        """Return the figures over all labelled pairs."""
        return self.figures(self.labelled)

    def figures(self, labelled: Sequence[tuple[LabelledPair, float]]) -> dict[str, float | None]:
        """Return every metric over some labelled pairs."""
        verdicts = self.verdicts(labelled)
        return {metric.name: metric.function(verdicts) for metric in CATALOGUE.verdicts}

    def intervals(
        self, labelled: Sequence[tuple[LabelledPair, float]]
    ) -> dict[str, tuple[float, float] | None]:
        """Return the 95 % bootstrap interval of every metric that has one; nothing where a class is
        missing.
        """
        verdicts = self.verdicts(labelled)
        return {
            metric.name: ends for metric in CATALOGUE.verdicts if (ends := metric.ends(verdicts)) is not None
        }

    def verdicts(self, labelled: Sequence[tuple[LabelledPair, float]]) -> Verdicts:
        """Return labels and scores of some labelled pairs."""
        return Verdicts(*_columns(labelled), self.threshold)

    def slices(self) -> dict[str, dict[str, list[tuple[LabelledPair, float]]]]:
        """Return the labelled pairs by slice and value; a slice with one value only says nothing and is left
        out.
        """
        by: dict[str, dict[str, list[tuple[LabelledPair, float]]]] = {}
        for pair, score in self.labelled:
            for name, value in slices_of_pair(pair).items():
                by.setdefault(name, {}).setdefault(value, []).append((pair, score))
        return {name: dict(sorted(values.items())) for name, values in by.items() if len(values) > 1}

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval verify --json``."""
        means = self.means
        return {
            "n": len(self.scores),
            "labelled": len(self.labelled),
            "scores": list(self.scores),
            **means,
            "intervals": {
                name: pair and [round(end, PLACES) for end in pair]
                for name, pair in self.intervals(self.labelled).items()
            },
            "threshold": self.threshold,
            "verifier": self.verifier,
            "pairs_per_s": len(self.scores) / self.seconds if self.seconds else None,
            "reliability": [asdict(found) for found in self.bins],
            "slices": {
                name: {value: {"n": len(found), **self.figures(found)} for value, found in values.items()}
                for name, values in self.slices().items()
            },
        }


def evaluate_pairs(
    path: Path, verifier: Verifier, form: str = "pairs", done: Callable[[int], None] = lambda count: None
) -> VerifyReport:
    """Verify every pair of a file. The whole file is read and checked before the first pair is verified.
    Raises as ``read_pairs`` does.
    """
    return verify_pairs(read_pairs(path, form), verifier, done)


def verify_pairs(
    pairs: Sequence[LabelledPair], verifier: Verifier, done: Callable[[int], None] = lambda count: None
) -> VerifyReport:
    """Verify pairs, a batch at a time; ``done`` is told how many each batch held."""
    started = perf_counter()
    scores: list[float] = []
    for first in range(0, len(pairs), _BATCH):
        batch = [(pair.premise, pair.claim) for pair in pairs[first : first + _BATCH]]
        scores.extend(verdict.support for verdict in verifier.verify(batch))
        done(len(batch))
    return VerifyReport(
        verifier.name, verifier.threshold, tuple(scores), tuple(pairs), perf_counter() - started
    )


def slices_of_pair(pair: LabelledPair) -> dict[str, str]:
    """Return the slices of a labelled pair: language, truth (accuracy is then sensitivity and specificity),
    and its own.
    """
    return {"language": language_of(pair), "label": SUPPORTED if pair.label else UNSUPPORTED, **pair.slices}


def language_of(pair: LabelledPair) -> str:
    """Return the language that a pair declares, else that of the claim, with the premise's where it differs:
    ``fr`` or ``en→fr``.
    """
    if declared := pair.slices.get("language"):
        return declared
    claim, premise = detect_language(pair.claim), detect_language(pair.premise[:1000])
    return claim if claim == premise else f"{premise}→{claim}"


def _columns(labelled: Sequence[tuple[LabelledPair, float]]) -> tuple[list[int], list[float]]:
    return [int(pair.label or 0) for pair, _ in labelled], [score for _, score in labelled]
