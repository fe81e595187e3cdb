"""Fits the verifier of claims (``rag/answer/verify/verifier.json``): a logistic regression over its features.

It keeps the sign of each feature. Threshold, cap and the floor of copies are decisions, not fitted. Every set
has equal say, and both labels of a set. New weights ship where they are nowhere worse than those in use, on
the own held-out pairs and on public sets; else the file keeps the numbers and holds both figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eval.datasets.sample import SEED
from eval.fit.logistic import Examples, fitted
from eval.fit.origin import BY_HAND, FITTED, Origin, not_worse
from eval.fit.pairs import OWN, PairSources
from eval.fit.support import FitRow, figures_of, rows_of
from rag.answer.verify.verifier import SupportWeights, shipped_weights

if TYPE_CHECKING:
    from eval.runs.setup import Setup

TOOL = "traboule eval fit verifier"
SIGNS = {
    "similarity": 1,
    "words_met": 1,
    "words_met_across": 1,
    "across": 0,
    "scattered": -1,
    "nearest_used": 1,
    "contradicted": -1,
    "unsupported": -1,
    "doubted": -1,
}
PENALTY = 0.001
_OWN_SHARE = 3.0
"""The project's own pairs are what the verifier is for: they count as much as three public sets."""


@dataclass(frozen=True, slots=True)
class VerifierFit:
    """New weights beside those in use, each with its figures on held-out pairs; ``document`` is the weight
    file.

    ``own_alone`` in it are the numbers of a fit on the own pairs alone, which anybody can do again.
    """

    fitted: SupportWeights
    document: dict[str, object]
    ships: bool


def fit_verifier(setup: Setup, sources: PairSources) -> VerifierFit:
    """Read the pairs, fit, measure both, and decide. Raises as ``PairSources.read`` and ``fitted`` do."""
    from rag.build import open_embed

    pairs, read = sources.read()
    with setup.progress.counting("fit.reading", len(pairs)) as advance:
        rows = rows_of(pairs, open_embed(setup.settings, setup.home), advance)
    in_use, new = shipped_weights(), weights_from(rows)
    figures, before = figures_of(new, rows), figures_of(in_use, rows)
    ships = not_worse(figures, before, ("auroc", "balanced_accuracy"))
    kept, other = (new, in_use) if ships else (in_use, new)
    origin = Origin(FITTED if ships else BY_HAND, TOOL, tuple(read), SEED, figures if ships else before)
    document = origin.document(_table(kept))
    document["weighed_against" if ships else "refitted"] = {
        **_numbers(other),
        "figures": before if ships else figures,
    }
    document["own_alone"] = _numbers(weights_from([row for row in rows if row.of.name == OWN]))
    return VerifierFit(new, document, ships)


def weights_from(rows: Sequence[FitRow]) -> SupportWeights:
    """Return the weights fitted on the rows of the part ``fit`` that are no copies, which no weight
    decides.
    """
    chosen = [row for row in rows if row.of.part == "fit" and not row.made.is_copy]
    decided, names = shipped_weights(), list(SIGNS)
    examples = Examples(
        np.array([[row.values[name] for name in names] for row in chosen]),
        np.array([float(row.of.label) for row in chosen]),
        _shares(chosen),
        np.array([decided.cap if row.is_hard else 1.0 for row in chosen]),
    )
    intercept, weights = fitted(examples, list(SIGNS.values()), PENALTY)
    return replace(
        decided,
        name="combined-v3",
        intercept=round(intercept, 3),
        weights={name: round(weight, 3) for name, weight in zip(names, weights, strict=True)},
    )


def _shares(rows: Sequence[FitRow]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the say of each row: sets alike except for the own one, labels of a set alike; the sum is 1."""
    keys = [(row.of.name, row.of.label) for row in rows]
    shares = np.array(
        [(_OWN_SHARE if name == OWN else 1.0) / keys.count((name, label)) for name, label in keys]
    )
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _table(weights: SupportWeights) -> dict[str, object]:
    decided = {
        "name": weights.name,
        "threshold": weights.threshold,
        "full": weights.full,
        "cap": weights.cap,
        "copy": weights.copy,
    }
    return {**decided, **_numbers(weights)}


def _numbers(weights: SupportWeights) -> dict[str, object]:
    return {"intercept": weights.intercept, "weights": dict(weights.weights)}
