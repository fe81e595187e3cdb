"""How right choices among options are.

Exact match and Hamming score as the authors of FrenchMedMCQA define them (Labrak et al., 2022): the share of questions whose set of
options is exactly the right one, and the mean of |chosen and right| / |chosen or right|. Macro-F1 as PubMedQA reports it (Jin et al.,
2019): the mean of the F1 of the classes that occur.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from eval.scores import Score, Unscored
from eval.stats import resampled_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRICS = ("accuracy", "exact_match", "hamming")
"""Metrics of one question; ``macro_f1`` is of many."""
_FEWEST = 2


def choice_scores(chosen: Collection[str], gold: Collection[str], *, takes_several: bool) -> dict[str, Score]:
    """Return ``METRICS`` of one question: ``accuracy`` where one option is chosen, the others where a set is."""
    if not gold:
        return dict.fromkeys(METRICS, Unscored("no_gold"))
    is_exact, both, either = float(set(chosen) == set(gold)), set(chosen) & set(gold), set(chosen) | set(gold)
    if not takes_several:
        return {"accuracy": is_exact, "exact_match": Unscored("one_answer"), "hamming": Unscored("one_answer")}
    return {"accuracy": Unscored("several_answers"), "exact_match": is_exact, "hamming": len(both) / len(either)}


def macro_f1(gold: Sequence[str], chosen: Sequence[str]) -> float | None:
    """Return the mean F1 of the classes that occur in either; None without items."""
    if not gold:
        return None
    from sklearn.metrics import f1_score

    return float(f1_score(list(gold), list(chosen), average="macro", zero_division=0.0))


def macro_f1_interval(gold: Sequence[str], chosen: Sequence[str]) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval of ``macro_f1`` (2,000 resamples of the items, fixed seed); None below two items."""
    if len(gold) < _FEWEST:
        return None
    import numpy as np

    drawn = resampled_counts(len(gold))
    shares = []
    for name in sorted({*gold, *chosen}):
        right = np.asarray([one == name for one in gold], dtype=np.float64)
        called = np.asarray([one == name for one in chosen], dtype=np.float64)
        shares.append(_ratio(2 * drawn @ (right * called), drawn @ right + drawn @ called))
    low, high = np.percentile(np.nanmean(np.stack(shares), axis=0), [2.5, 97.5])
    return float(low), float(high)


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 = 2 TP / (right + called); not a number where a resample lacks the class, so that it is left out of the mean."""
    import numpy as np

    found: NDArray[np.float64] = np.full(len(above), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found
