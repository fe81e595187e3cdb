"""Logistic regression whose weights keep a sign that was given: more of what is a sign of support may never
count against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """What is fitted on: ``values`` of shape (items, features), ``labels`` of 0 or 1, and of each item its
    say and its scale.

    ``scale`` multiplies the probability: below 1 where something else than the regression holds it down.
    """

    values: Floats
    labels: Floats
    shares: Floats
    scale: Floats


def fitted(examples: Examples, signs: Sequence[int], penalty: float) -> tuple[float, list[float]]:
    """Return the intercept and the weights of least loss (log loss and ``penalty`` times the squared
    weights).

    Args:
        examples: what is fitted on.
        signs: of each weight: 1 keeps it from going below 0, -1 from going above, 0 leaves it free.
        penalty: on the weights, not on the intercept.
    """
    from scipy.optimize import minimize

    bounds = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs]
    start = np.zeros(examples.values.shape[1] + 1)
    found = minimize(
        _loss, start, args=(examples, penalty), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]
    )
    return float(found.x[-1]), [float(weight) for weight in found.x[:-1]]


def _loss(point: Floats, examples: Examples, penalty: float) -> tuple[float, Floats]:
    weights, intercept = point[:-1], point[-1]
    plain = 1 / (1 + np.exp(-(examples.values @ weights + intercept)))
    said = np.clip(examples.scale * plain, 1e-9, 1 - 1e-9)
    losses = -(examples.labels * np.log(said) + (1 - examples.labels) * np.log(1 - said))
    slopes = (
        ((1 - examples.labels) / (1 - said) - examples.labels / said)
        * examples.scale
        * plain
        * (1 - plain)
        * examples.shares
    )
    loss = float(examples.shares @ losses + penalty * weights @ weights)
    return loss, np.append(examples.values.T @ slopes + 2 * penalty * weights, slopes.sum())
