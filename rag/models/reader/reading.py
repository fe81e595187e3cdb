"""Reads pairs of texts with one adapter: batched by length, each pair once as long as it is remembered.

What is remembered are digests and numbers, never a text, and no more than ``_KEPT`` of them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from rag.core.errors import Unavailable
from rag.models.cores import usable_cores
from rag.models.embedding.e5.bin import Floats, WeightsError
from rag.models.embedding.token_batches import batches, padded
from rag.models.files.manifest import load_manifest
from rag.models.files.stored import file_digest, model_file
from rag.models.reader.adapter import AdaptedWeights, Adapter, check_base
from rag.models.reader.pairs import PairTokens, PairWindow, TextPair
from rag.settings import ReaderSettings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

WEIGHTS_FILE = "e5-small-q4.bin"
_KEPT = 8192


class ReaderHead:
    """One head over the bundled encoder, opened at the first pair. Safe to share between threads.

    Raises:
        ConfigurationError: the adapter is of another base than the weights (at the first pair).
        Unavailable: the weights are not there, or damaged (at the first pair).
    """

    def __init__(self, folder: Path, adapter: Adapter, settings: ReaderSettings) -> None:
        self.adapter, self._folder, self._settings = adapter, folder, settings
        self._lock = RLock()
        self._open: tuple[PairTokens, InferenceSession, int] | None = None
        self._known: OrderedDict[bytes, tuple[float, ...]] = OrderedDict()

    def probabilities(self, pairs: Sequence[TextPair]) -> list[tuple[float, ...]]:
        """Return the probabilities of the head for each pair, of its best window.

        The best window is the one where the first output is highest. A pair with an empty text is answered
        and supported by nothing.
        """
        keys = [_digest(pair) for pair in pairs]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in found}
        if missing:
            found |= dict(zip(missing, self._read(list(missing.values())), strict=True))
            self._remember(found)
        return [found[key] for key in keys]

    def clear(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._known.clear()

    def _remember(self, found: dict[bytes, tuple[float, ...]]) -> None:
        with self._lock:
            self._known.update(found)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def _read(self, pairs: Sequence[TextPair]) -> list[tuple[float, ...]]:
        tokens, session, padding = self._opened()
        cut = [tokens.windows(pair) for pair in pairs]
        windows = [window for parts in cut for window in parts]
        rows = iter(_likely(_logits(session, windows, padding, self._settings.batch_size)))
        nothing = (0.0,) if self.adapter.head == "answers" else (0.0, 1.0, 0.0)
        return [max((next(rows) for _ in parts), default=nothing) for parts in cut]

    def _opened(self) -> tuple[PairTokens, InferenceSession, int]:
        with self._lock:
            if self._open is None:
                self._open = self._loaded()
            return self._open

    def _loaded(self) -> tuple[PairTokens, InferenceSession, int]:
        from rag.models.embedding.e5.engine import opened
        from rag.models.embedding.e5.tokenizer import E5Tokenizer
        from rag.models.reader.graph import FORMAT, build_reader

        base = self.adapter.base
        path = model_file(self._folder, base, WEIGHTS_FILE)
        check_base(self.adapter, base, _weights_digest(base, path))
        settings, head = self._settings, self.adapter.head
        try:
            weights = AdaptedWeights(path, self.adapter)
            name = f"{path.stem}.{head}.{self.adapter.digest[:12]}.v{FORMAT}.{settings.precision}.onnx"
            target = path.with_name(name)
            session = opened(
                target,
                path,
                lambda: build_reader(weights, self.adapter, settings.precision),
                settings.threads or usable_cores(),
                [other for other in path.parent.glob(f"{path.stem}.{head}.*.onnx") if other != target],
            )
        except (WeightsError, OSError):
            raise Unavailable("model_damaged", name=base, path=path) from None
        longest = min(settings.max_tokens, self.adapter.max_tokens, weights.shape.positions)
        vocabulary = weights.vocabulary
        return PairTokens(E5Tokenizer(vocabulary), longest), session, vocabulary.padding


def _weights_digest(base: str, path: Path) -> str:
    """Return the digest that the manifest gives for the weights of this length, else that of the bytes."""
    size = path.stat().st_size
    known = [
        file.sha256
        for spec in load_manifest()
        for file in spec.files
        if (spec.name, file.name, file.bytes) == (base, WEIGHTS_FILE, size)
    ]
    return known[0] if known else file_digest(path)


def _logits(
    session: InferenceSession, windows: Sequence[PairWindow], padding: int, batch_size: int
) -> list[Floats]:
    rows: dict[int, Floats] = {}
    for batch in batches([len(window.ids) for window in windows], batch_size):
        ids, mask = padded([windows[at].ids for at in batch], padding)
        parts, _ = padded([windows[at].parts for at in batch], 0)
        given = {"ids": ids, "mask": mask.astype(np.int32), "part": parts.astype(np.int32)}
        rows.update(zip(batch, session.run(None, given)[0], strict=True))
    return [rows[at] for at in range(len(windows))]


def _likely(logits: Sequence[Floats]) -> list[tuple[float, ...]]:
    """Turn logits into probabilities: of one output by itself, of several together."""
    likely: list[tuple[float, ...]] = []
    for row in logits:
        if row.size == 1:
            likely.append((float(1 / (1 + np.exp(-np.float64(row[0])))),))
        else:
            powers = np.exp(row.astype(np.float64) - row.max())
            likely.append(tuple((powers / powers.sum()).tolist()))
    return likely


def _digest(pair: TextPair) -> bytes:
    joined = "\0".join((pair.first, pair.second, pair.context))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).digest()
