"""Any cross-encoder of the model hub as a ``PairScorer``: query and passage read together (extra
``transformers``).

The weights are looked for in the models folder first, then where the standard loaders look. Nothing is loaded
before the first pair.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import Unavailable
from rag.models.control_tokens import without_control_tokens
from rag.models.embedding.huggingface import model_location
from rag.settings import ReaderSettings, RerankSettings

if TYPE_CHECKING:
    from torch import Tensor  # type: ignore[import-not-found]
    from transformers import PreTrainedModel, PreTrainedTokenizerBase  # type: ignore[import-not-found]


class CrossEncoder:
    """Scores pairs in [0, 1]: the sigmoid of a single logit, or the probability of the last class where there
    are several.
    """

    def __init__(self, folder: Path, settings: RerankSettings | ReaderSettings) -> None:
        """Remember what to load; ``folder`` holds ``<name>/config.json`` where the model was put there by
        hand.
        """
        self.name = settings.name
        self._folder, self._settings = folder, settings
        self._lock = threading.Lock()
        self._parts: tuple[PreTrainedTokenizerBase, PreTrainedModel] | None = None

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return one score a pair, in the order given. The passage is cut where the pair is too long, the
        query never.

        Raises:
            Unavailable: the extra is not installed, or the model cannot be had.
        """
        scores: list[float] = []
        for start in range(0, len(pairs), self._settings.batch_size):
            scores.extend(self._scored(pairs[start : start + self._settings.batch_size]))
        return scores

    def labelled(self, pairs: Sequence[tuple[str, str]]) -> list[list[tuple[str, float]]]:
        """Return for each pair the model's classes with their probabilities; one class where the model has
        a single output. Raises as ``score`` does.
        """
        rows: list[list[tuple[str, float]]] = []
        for start in range(0, len(pairs), self._settings.batch_size):
            logits = self._logits(pairs[start : start + self._settings.batch_size])
            _, model = self._loaded()
            names = {int(number): str(name) for number, name in model.config.id2label.items()}
            likely = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)
            rows.extend(
                [(names.get(number, ""), float(value)) for number, value in enumerate(row)] for row in likely
            )
        return rows

    def _scored(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        logits = self._logits(pairs)
        likely = logits[:, 0].sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)[:, -1]
        return [float(value) for value in likely]

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        tokenizer, model = self._loaded()
        special = tokenizer.all_special_tokens  # a passage that spells [SEP] would end there
        queries, passages = (
            [without_control_tokens(text, special) for text in texts] for texts in zip(*pairs, strict=True)
        )
        limit = self._settings.max_tokens
        inputs = tokenizer(
            queries, passages, padding=True, truncation="only_second", max_length=limit, return_tensors="pt"
        )
        import torch

        with torch.inference_mode():
            return model(**inputs.to(model.device)).logits.float()

    def _loaded(self) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
        with self._lock:
            if self._parts is None:
                self._parts = self._load()
            return self._parts

    def _load(self) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError:
            raise Unavailable("extra_missing", extra="transformers") from None
        place = model_location(self._folder, self.name)
        try:
            tokenizer = AutoTokenizer.from_pretrained(place)
            model = AutoModelForSequenceClassification.from_pretrained(place)
        except (OSError, ValueError, RuntimeError) as error:
            raise Unavailable("reranker_not_loaded", name=self.name, reason=type(error).__name__) from None
        return tokenizer, model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
