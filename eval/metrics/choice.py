"""How right choices among options are.

Exact match and Hamming score as the authors of FrenchMedMCQA define them (Labrak et al., 2022): the share of
questions whose set of options is exactly the right one, and the mean of |chosen and right| / |chosen or
right|. Macro-F1 as PubMedQA reports it (Jin et al., 2019): the mean of the F1 of the classes that occur.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.metrics.metric import ItemMetric, Metric, Words
from eval.statistics.inference import resampled_counts
from eval.statistics.scores import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEWEST, _AFTER_ALL = 2, 4
NO_CONTEXT, MAJORITY = "no_context", "majority"
"""The baselines; a metric of one is named after it: ``accuracy_majority``."""


@dataclass(frozen=True, slots=True)
class ChoiceCase:
    """The letters chosen for one question and the right ones, none where nobody said; ``takes_several`` where
    a set is asked for.
    """

    chosen: frozenset[str]
    gold: frozenset[str]
    takes_several: bool

    @property
    def is_exact(self) -> bool:
        """Tell whether exactly the right letters were chosen."""
        return self.chosen == self.gold


def _has_gold(case: ChoiceCase) -> str | None:
    return None if case.gold else "no_gold"


def _one(case: ChoiceCase) -> str | None:
    return "several_answers" if case.takes_several else None


def _several(case: ChoiceCase) -> str | None:
    return None if case.takes_several else "one_answer"


CHOICES: tuple[ItemMetric[ChoiceCase], ...] = (
    ItemMetric(
        name="accuracy",
        function=lambda case: float(case.is_exact),
        domain=(_has_gold, _one),
        label=Words("Accuracy", "Exactitude"),
        about=Words(
            "Share of the questions whose one right option is chosen.",
            "Part des questions dont l'unique bonne option est choisie.",
        ),
        headline=1,
    ),
    ItemMetric(
        name="exact_match",
        function=lambda case: float(case.is_exact),
        domain=(_has_gold, _several),
        label=Words("Exact match", "Réponse exacte"),
        about=Words(
            "Share of the questions whose set of options is exactly the right one.",
            "Part des questions dont l'ensemble d'options est exactement le bon.",
        ),
        headline=2,
    ),
    ItemMetric(
        name="hamming",
        function=lambda case: len(case.chosen & case.gold) / len(case.chosen | case.gold),
        domain=(_has_gold, _several),
        label=Words("Hamming score", "Score de Hamming"),
        about=Words(
            "Mean share of the options, chosen or right, that are both.",
            "Part moyenne des options, choisies ou exactes, qui sont les deux.",
        ),
        headline=4,
    ),
)
MACRO_F1 = Metric(
    name="macro_f1",
    label=Words("Macro-F1", "Macro-F1"),
    about=Words(
        "Mean of the F1 of the classes, where every question has the same options.",
        "Moyenne des F1 des classes, quand toutes les questions ont les mêmes options.",
    ),
    headline=3,
)
"""Of many questions: see ``macro_f1``."""
EVIDENCE_HIT = Metric(
    name="evidence_hit",
    label=Words("Right document in the evidence", "Bon document parmi les sources"),
    about=Words(
        "A gold document is among the evidence that the model was shown. No model.",
        "Un document de référence est parmi les sources montrées au modèle. Sans modèle.",
    ),
    headline=7,
)
"""Of the evidence, not of the choice."""
_CONDITIONS = {
    NO_CONTEXT: (
        Words("without evidence", "sans sources"),
        Words("The model alone, without anything searched.", "Le modèle seul, sans rien chercher."),
    ),
    MAJORITY: (
        Words("of the commonest answer", "de la réponse la plus fréquente"),
        Words(
            "The answer that is right most often in each set, given to every question of it.",
            "La réponse le plus souvent exacte dans chaque jeu, donnée à toutes ses questions.",
        ),
    ),
}


def under(metric: Metric, condition: str) -> Metric:
    """Return a metric as it is called under a baseline."""
    (said_en, said_fr), about = _CONDITIONS[condition]
    place = (
        None
        if metric.headline is None or condition == MAJORITY or metric is MACRO_F1
        else metric.headline + _AFTER_ALL
    )
    return Metric(
        name=f"{metric.name}_{condition}",
        label=Words(f"{metric.label.en} {said_en}", f"{metric.label.fr} {said_fr}"),
        about=about,
        headline=place,
    )


def choice_scores(chosen: Collection[str], gold: Collection[str], *, takes_several: bool) -> dict[str, Score]:
    """Return every metric of one question."""
    case = ChoiceCase(frozenset(chosen), frozenset(gold), takes_several)
    return {metric.name: metric.score(case) for metric in CHOICES}


def macro_f1(gold: Sequence[str], chosen: Sequence[str]) -> float | None:
    """Return the mean F1 of the classes that occur in either; None without items."""
    if not gold:
        return None
    from sklearn.metrics import f1_score

    return float(f1_score(list(gold), list(chosen), average="macro", zero_division=0.0))


def macro_f1_interval(gold: Sequence[str], chosen: Sequence[str]) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval of ``macro_f1`` (2,000 resamples of the items, fixed
    seed); None below two items.
    """
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
    """F1 = 2 TP / (right + called); not a number where a resample lacks the class, so that it is left out of
    the mean.
    """
    import numpy as np

    found: NDArray[np.float64] = np.full(len(above), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found
