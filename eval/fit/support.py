"""Pairs made ready for a fit: the product's own features, and the support that weights give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.fit.pairs import FitPair
from eval.metrics.verdicts import auroc, balanced_accuracy
from rag.answer.verify.features import features
from rag.answer.verify.verifier import Embed, SupportWeights, judged, made_pairs, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag.answer.verify.features import PremiseAndClaim

_BATCH = 32


@dataclass(frozen=True, slots=True)
class FitRow:
    """A pair as the verifier sees it: cut into words, looked over by the guards, with its features by
    name.
    """

    of: FitPair
    made: PremiseAndClaim
    values: Mapping[str, float]

    @property
    def is_hard(self) -> bool:
        """Tell whether a guard caps the support."""
        return any(finding.is_hard for finding in self.made.findings)


def rows_of(
    pairs: Sequence[FitPair], embed: Embed, done: Callable[[int], None] = lambda count: None
) -> list[FitRow]:
    """Compute the features of every pair that has words on both sides."""
    found: list[FitRow] = []
    for first in range(0, len(pairs), _BATCH):
        batch = pairs[first : first + _BATCH]
        made = made_pairs([(pair.premise, pair.claim) for pair in batch])
        texts = list(dict.fromkeys(text for one in made if one is not None for text in texts_of(one)))
        vectors = dict(zip(texts, embed(texts), strict=True))
        for pair, one in zip(batch, made, strict=True):
            if one is not None:
                values = features(
                    one, vectors[one.claim.text], [vectors[text] for text in one.sentence_texts()]
                )
                found.append(FitRow(pair, one, values))
        done(len(batch))
    return found


def figures_of(weights: SupportWeights, rows: Sequence[FitRow]) -> dict[str, dict[str, float | int | None]]:
    """Return what weights reach on each set, over the pairs that are held out."""
    names = dict.fromkeys(row.of.name for row in rows if row.of.part == "held-out")
    return {
        f"{name}, held-out": _figures(
            weights, [row for row in rows if row.of.name == name and row.of.part == "held-out"]
        )
        for name in names
    }


def _figures(weights: SupportWeights, rows: Sequence[FitRow]) -> dict[str, float | int | None]:
    labels = [row.of.label for row in rows]
    scores = [judged(weights, row.made, row.values).support for row in rows]
    called = [score >= weights.threshold for score in scores]
    found = {"auroc": auroc(labels, scores), "balanced_accuracy": balanced_accuracy(labels, called)}
    return {
        "n": len(rows),
        **{name: None if value is None else round(value, 4) for name, value in found.items()},
    }
