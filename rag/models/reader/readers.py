"""Which reader the settings ask for: how well texts answer a question, and whether one supports a claim."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.core.protocols import PairScorer, TextReader
from rag.models.reader.adapter import read_adapter, shipped_adapter
from rag.models.reader.pairs import TextPair
from rag.models.reader.reading import WEIGHTS_FILE, ReaderHead
from rag.settings import ReaderSettings

BASE = "multilingual-e5-small"
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class AdaptedReader:
    """A ``TextReader`` over the bundled encoder and the adapter ``answers``."""

    head: ReaderHead
    name: str
    threshold: float

    def answers(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> list[float]:
        """Return for each text the probability that it answers the question."""
        given = contexts or [""] * len(texts)
        pairs = [TextPair(question, text, context) for text, context in zip(texts, given, strict=True)]
        return [likely[0] for likely in self.head.probabilities(pairs)]

    def clear(self) -> None:
        """Forget what was read."""
        self.head.clear()


@dataclass(frozen=True, slots=True)
class ScoringReader:
    """A ``TextReader`` over any scorer of pairs whose scores lie in [0, 1]."""

    scorer: PairScorer
    threshold: float = _EVEN

    @property
    def name(self) -> str:
        """Return the scorer's name."""
        return self.scorer.name

    def answers(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> list[float]:
        """Return the score of each text, read with what stands above it; an empty text has 0."""
        given = contexts or [""] * len(texts)
        read = [f"{context}\n{text}".strip() for text, context in zip(texts, given, strict=True)]
        scores = iter(self.scorer.score([(question, text) for text in read if text]))
        return [next(scores) if text else 0.0 for text in read]

    def clear(self) -> None:
        """Nothing is remembered."""


def make_reader(folder: Path, settings: ReaderSettings) -> TextReader | None:
    """Return the reader of the settings; None where there is none, its adapter does not ship, or the encoder
    that it changes is not here.

    Raises:
        ConfigurationError: the adapter is damaged.
    """
    if settings.kind == "none":
        return None
    if settings.kind == "cross-encoder":
        from rag.models.reader.cross_encoder import CrossEncoder

        return ScoringReader(CrossEncoder(folder, settings))
    path = shipped_adapter("answers")
    if path is None or not has_base(folder):
        return None
    adapter = read_adapter(path, "answers")
    return AdaptedReader(
        ReaderHead(folder, adapter, settings), f"reader-answers:{adapter.digest[:12]}", _threshold(path)
    )


def has_base(folder: Path) -> bool:
    """Tell whether the weights of the bundled encoder are in the models folder."""
    return (folder / BASE / WEIGHTS_FILE).is_file()


def _threshold(adapter: Path) -> float:
    """Return the probability from which a text counts as an answer, as the model card says."""
    card = adapter.with_suffix(".json")
    return float(json.loads(card.read_text(encoding="utf-8"))["threshold"]) if card.is_file() else _EVEN
