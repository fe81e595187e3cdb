"""Any model of the hub that is trained on natural language inference (extra ``transformers``): whether a
premise supports a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.models.reader.cross_encoder import CrossEncoder
from rag.settings import ReaderSettings

_SUPPORT = ("entail", "support", "consistent", "implication")
_AGAINST = ("contradict", "refut")


class Entailment:
    """Gives (support, neutral, contradiction) for pairs, by the names of the model's labels.

    A model of one output, or of two classes without a name for either, gives support alone: the last class.
    """

    def __init__(self, folder: Path, settings: ReaderSettings) -> None:
        name = settings.nli or settings.name
        self._model = CrossEncoder(folder, settings.model_copy(update={"name": name}))
        self.name = name

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float, float]]:
        """Return the probabilities for each (premise, claim).

        Raises:
            Unavailable: the extra is not installed, or the model cannot be had.
        """
        return [_told(row) for row in self._model.labelled([(premise, claim) for premise, claim in pairs])]


def _told(row: Sequence[tuple[str, float]]) -> tuple[float, float, float]:
    if len(row) == 1:
        return row[0][1], 1 - row[0][1], 0.0
    support = sum(likely for label, likely in row if _is_of(label, _SUPPORT))
    against = sum(likely for label, likely in row if _is_of(label, _AGAINST))
    if not any(_is_of(label, _SUPPORT) for label, _ in row):
        support = row[-1][1]
    return support, max(0.0, 1 - support - against), against


def _is_of(label: str, stems: Sequence[str]) -> bool:
    folded = label.casefold()
    return not folded.startswith(("not", "non")) and any(stem in folded for stem in stems)
