"""An encoder of pictures and words into one space: any CLIP or SigLIP that lies in the models folder as ONNX.

``folder/<name>/`` holds ``vision_model.onnx``, ``text_model.onnx`` and ``tokenizer.json``, and the
``preprocessor_config.json`` and ``config.json`` beside them, as exports of the model hub do (Optimum,
open_clip). They are put there by hand, since no digest of theirs is known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.core.errors import Unavailable
from rag.models.cores import usable_cores
from rag.models.files.stored import known_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.core.protocols import Square
    from rag.core.types import Vector

VISION, TEXT, TOKENIZER = "vision_model.onnx", "text_model.onnx", "tokenizer.json"
_SIZE = 224
_HALF = (0.5, 0.5, 0.5)
_WINDOW = 77
"""Tokens of a text where ``config.json`` does not say: CLIP's."""
_NAMED = ("image_embeds", "text_embeds", "pooler_output")
_BATCH = 8


def is_joint(folder: Path, name: str) -> bool:
    """Tell whether the models folder has a joint encoder of that name."""
    return all((folder / name / file).is_file() for file in (VISION, TEXT, TOKENIZER))


class JointEncoder:
    """An ``ImageEncoder`` that reads text, over two ONNX graphs. Safe to share between threads.

    Raises:
        Unavailable: a file is missing or cannot be read.
    """

    reads_text = True

    def __init__(self, folder: Path, name: str, threads: int | None) -> None:
        from tokenizers import Tokenizer

        from rag.models.embedding.e5.engine import session_of

        place, self._name = folder / name, name
        if not is_joint(folder, name):
            raise Unavailable("model_missing", name=name, path=place / VISION)
        cores = threads or usable_cores()
        try:
            self._vision = session_of(str(place / VISION), cores)
            self._text = session_of(str(place / TEXT), cores)
            self._tokenizer = Tokenizer.from_file(str(place / TOKENIZER))
        except Exception as error:  # the engine's errors and the tokenizer's derive from Exception alone
            raise Unavailable("embedder_not_loaded", name=name, reason=type(error).__name__) from None
        told, shown = _read(place / "preprocessor_config.json"), _read(place / "config.json")
        self.size = _size(told)
        self._mean = np.array(told.get("image_mean", _HALF), np.float32)
        self._deviation = np.array(told.get("image_std", _HALF), np.float32)
        window = int(dict(shown.get("text_config") or {}).get("max_position_embeddings", _WINDOW))
        self._tokenizer.enable_truncation(window)
        self._tokenizer.enable_padding(length=window)
        self.identity = f"{name}:{known_digest(place / VISION)[:12]}"
        self.dimensions = len(self.pictures([np.zeros((self.size, self.size), np.uint8)])[0])

    def pictures(self, squares: Sequence[Square]) -> list[Vector]:
        """Return one vector a picture; a grey square is shown in three equal colours."""
        found: list[Vector] = []
        entry = self._vision.get_inputs()[0].name
        for start in range(0, len(squares), _BATCH):
            greys = np.stack(squares[start : start + _BATCH]).astype(np.float32) / 255.0
            colours = (greys[:, None] - self._mean[:, None, None]) / self._deviation[:, None, None]
            found += _unit(self._vision, {entry: colours.astype(np.float32)})
        return found

    def texts(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector a text."""
        found: list[Vector] = []
        names = {item.name for item in self._text.get_inputs()}
        for start in range(0, len(texts), _BATCH):
            read = self._tokenizer.encode_batch(list(texts[start : start + _BATCH]))
            given = {
                "input_ids": np.array([one.ids for one in read], np.int64),
                "attention_mask": np.array([one.attention_mask for one in read], np.int64),
            }
            found += _unit(self._text, {name: values for name, values in given.items() if name in names})
        return found


def _unit(session: Any, given: Mapping[str, NDArray[Any]]) -> list[Vector]:
    """Run a graph; return its embeddings at length 1: the output of a known name, else the first of two
    dimensions.
    """
    names = [item.name for item in session.get_outputs()]
    outputs = dict(zip(names, session.run(None, dict(given)), strict=True))
    chosen = next((outputs[name] for name in _NAMED if name in outputs), None)
    if chosen is None:
        chosen = next(values for values in outputs.values() if values.ndim == 2)
    lengths = np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-12)
    return [tuple(map(float, row)) for row in chosen / lengths]


def _size(told: Mapping[str, Any]) -> int:
    size = told.get("crop_size") or told.get("size") or _SIZE
    if isinstance(size, Mapping):
        size = size.get("height") or size.get("shortest_edge") or _SIZE
    return int(size)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}
