"""The bundled image encoder: small, for likeness alone, on the processor and without torch.

Its graph is written once beside the weights, as that of the embedder is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.core.errors import Unavailable
from rag.models.cores import usable_cores
from rag.models.images.efficientnet import FORMAT, SIZE, build_model, channels_of
from rag.models.images.torch_file import NotWeights, read_tensors

if TYPE_CHECKING:
    from rag.core.protocols import Square
    from rag.core.types import Vector

WEIGHTS_FILE = "efficientnet-lite0.pth"
LAYERS = (4, 7, 10)
"""Blocks whose means are the vector: the middle of the network, where textures and shapes are, told likeness
of radiographs better than its head, which knows the objects of photographs (docs/images.md has the figures).
"""
_BATCH = 16


class EfficientNetEncoder:
    """An ``ImageEncoder`` with the weights in a file, which is read at the first call.

    Raises:
        Unavailable: the weights are not there, or damaged (at the first call).
    """

    reads_text = False
    size = SIZE

    def __init__(self, path: Path, name: str, threads: int | None, layers: tuple[int, ...] = LAYERS) -> None:
        self._path, self._name, self._threads, self._layers = path, name, threads, layers
        self.identity = f"{name}:{FORMAT}:{'-'.join(map(str, layers))}"
        self.dimensions = _DIMENSIONS if layers == LAYERS else channels_of(self._tensors(), layers)
        self._session: Any = None
        self._opening = Lock()

    def pictures(self, squares: Sequence[Square]) -> list[Vector]:
        """Return one vector a picture."""
        session = self._opened()
        found: list[Vector] = []
        for start in range(0, len(squares), _BATCH):
            batch = np.stack(squares[start : start + _BATCH]).astype(np.float32)
            found += [tuple(map(float, row)) for row in session.run(None, {"picture": batch})[0]]
        return found

    def texts(self, texts: Sequence[str]) -> list[Vector]:
        """Say that it reads none."""
        raise NotImplementedError(f"{self._name} reads no text")

    def _opened(self) -> Any:
        from rag.models.embedding.e5.engine import opened

        with self._opening:
            if self._session is None:
                graph = self._path.with_suffix(f".v{FORMAT}.{'-'.join(map(str, self._layers))}.onnx")
                threads = self._threads or usable_cores()
                self._session = opened(
                    graph, self._path, lambda: build_model(self._tensors(), self._layers), threads
                )
            return self._session

    def _tensors(self) -> Any:
        try:
            return read_tensors(self._path)
        except (OSError, NotWeights):
            raise Unavailable("model_damaged", name=self._name, path=self._path) from None


_DIMENSIONS = 40 + 80 + 112
"""Channels of those blocks."""
