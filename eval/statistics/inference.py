"""Statistics of paired runs: is a difference more than the noise of these items? Seeds are fixed, so figures
repeat exactly.

Paired randomisation test: Fisher 1935; for retrieval Smucker, Allan, Carterette, "A Comparison of Statistical
Significance Tests for Information Retrieval Evaluation", CIKM 2007. Holm: "A Simple Sequentially Rejective
Multiple Test Procedure", 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from rag.core.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 2000
PERMUTATIONS = 10_000
_SEED = 20_260_101
_FEWEST = 2
_EQUAL = 1e-12
_BLOCK = 500
"""Rows of random numbers held at once: a block of 2,000 items is 8 MB."""


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval of the mean (2,000 resamples of the items, fixed seed);
    None below two values.
    """
    if len(values) < 2:
        return None
    import numpy as np

    random = np.random.default_rng(_SEED)
    found = _scipy().bootstrap(
        (np.asarray(values, dtype=np.float64),),
        np.mean,
        n_resamples=RESAMPLES,
        batch=_BLOCK,
        method="percentile",
        rng=random,
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def resampled(
    columns: Mapping[str, Sequence[float]], strata: Sequence[int], times: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Return the 95 % percentile bootstrap interval of each column's mean; items are drawn anew within their
    stratum.

    Args:
        columns: values of the same items, by name.
        strata: the stratum of each item.
        times: how many resamples.
    """
    import numpy as np

    random, groups = (
        np.random.default_rng(_SEED),
        [np.flatnonzero(np.asarray(strata) == stratum) for stratum in sorted(set(strata))],
    )
    data = np.asarray(list(columns.values()), dtype=np.float64)
    means = np.empty((times, len(columns)))
    for draw in range(times):
        chosen = np.concatenate([group[random.integers(0, len(group), len(group))] for group in groups])
        means[draw] = data[:, chosen].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return {name: (float(low[place]), float(high[place])) for place, name in enumerate(columns)}


def resampled_counts(count: int, times: int = RESAMPLES) -> NDArray[np.float64]:
    """Return how often each of ``count`` items is in each of ``times`` bootstrap resamples (fixed seed);
    shape ``(times, count)``.
    """
    import numpy as np

    return (
        np.random.default_rng(_SEED)
        .multinomial(count, np.full(count, 1 / count), size=times)
        .astype(np.float64)
    )


def auroc_interval(
    positives: Sequence[float], negatives: Sequence[float], times: int = 1000
) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval of the AUROC, scores drawn anew within each class; None
    where a class has under two.
    """
    if len(positives) < 2 or len(negatives) < 2:
        return None
    import numpy as np

    random, above, below = np.random.default_rng(_SEED), np.asarray(positives), np.sort(np.asarray(negatives))
    found = np.empty(times)
    for draw in range(times):
        drawn = np.sort(below[random.integers(0, len(below), len(below))])
        scores = above[random.integers(0, len(above), len(above))]
        wins = np.searchsorted(drawn, scores, "left") + np.searchsorted(
            drawn, scores, "right"
        )  # ties count half
        found[draw] = wins.mean() / (2 * len(drawn))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def statistic_interval(
    statistic: Callable[[Sequence[int]], float | None], count: int, times: int = 1000
) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval of what no mean expresses; None below two items or where
    no draw defines it.

    Args:
        statistic: the figure of some items, given by their places; a draw of which it is None is left out.
        count: how many items there are.
        times: how many resamples.
    """
    if count < 2:
        return None
    import numpy as np

    random = np.random.default_rng(_SEED)
    found = [
        value
        for _ in range(times)
        if (value := statistic(random.integers(0, count, count).tolist())) is not None
    ]
    if not found:
        return None
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def permutation_p(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the two-sided p-value of the paired randomisation test on the mean difference; None without a
    pair.

    Under the hypothesis that the systems are the same, each item's difference might as well have the other
    sign. Where 10,000 draws would cover every assignment of signs (up to 13 items that differ), each is
    counted; beyond, 10,000 random ones and the one observed, the smaller tail twice.
    """
    if len(first) != len(second):
        raise ValueError("paired values must be of equal number")
    if not len(first):
        return None
    import numpy as np

    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    moved = differences[np.abs(differences) > _EQUAL]
    if len(moved) < _FEWEST:  # of one difference, either sign is as far from nothing
        return 1.0
    random = np.random.default_rng(_SEED)
    found = _scipy().permutation_test(
        (moved,),
        np.sum,
        permutation_type="samples",
        n_resamples=PERMUTATIONS,
        batch=_BLOCK,
        vectorized=True,
        rng=random,
    )
    return float(found.pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values adjusted for how many were tested (Holm): the chance of any false alarm among them
    stays below the level.
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: (item[1], item[0]))):
        highest = max(highest, min(1.0, p * (len(p_values) - place)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def _scipy() -> ModuleType:
    """Return ``scipy.stats``. Raises ``ConfigurationError`` where the extra ``eval`` is not installed."""
    try:
        from scipy import stats
    except ImportError:
        raise ConfigurationError("extra_missing", extra="eval") from None
    module: ModuleType = stats
    return module
