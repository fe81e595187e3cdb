"""Runs multilingual-e5-small in ONNX Runtime: token ids in, unit vectors out, in the order given.

The ONNX file of a precision is written once beside the 4-bit weights (``<weights>.v<format>[.int8].onnx``):
whole or not at all, by one process at a time, again when it is damaged or older than the weights. Where the
folder cannot be written, the model is built in memory at every start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.models.embedding.e5.bin import E5Weights, Floats
from rag.models.embedding.e5.onnx import FORMAT, build_model
from rag.models.embedding.e5.products import Precision
from rag.models.embedding.token_batches import batches, padded
from rag.models.files.file_lock import exclusive

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

_log = logging.getLogger(__name__)


class E5Engine:
    """The encoder. Safe to share between threads."""

    def __init__(
        self, weights_path: Path, weights: E5Weights, threads: int, precision: Precision = "float32"
    ) -> None:
        self._padding = weights.vocabulary.padding
        self._hidden = weights.shape.hidden
        self._session = _open(weights_path, weights, threads, precision)

    def vectors(self, sequences: Sequence[Sequence[int]], batch_size: int) -> Floats:
        """Return one unit vector a sequence (count, hidden)."""
        result = np.empty((len(sequences), self._hidden), np.float32)
        for batch in batches([len(ids) for ids in sequences], batch_size):
            result[batch] = self._run([sequences[at] for at in batch])
        return result

    def _run(self, sequences: Sequence[Sequence[int]]) -> Floats:
        ids, mask = padded(sequences, self._padding)
        vectors: Floats = self._session.run(None, {"ids": ids, "mask": mask.astype(np.int32)})[0]
        return vectors


def _open(weights_path: Path, weights: E5Weights, threads: int, precision: Precision) -> InferenceSession:
    suffix = "" if precision == "float32" else f".{precision}"
    path = weights_path.with_suffix(f".v{FORMAT}{suffix}.onnx")
    stem = path.name.split(".v")[0]
    others = [
        other
        for other in path.parent.glob(f"{stem}.v*.onnx")
        if not other.name.startswith(f"{stem}.v{FORMAT}.")
    ]
    return opened(path, weights_path, lambda: build_model(weights, precision), threads, others)


def opened(
    path: Path, source: Path, build: Callable[[], ModelProto], threads: int, outdated: Sequence[Path] = ()
) -> InferenceSession:
    """Open a model file, which is built first where it is missing, damaged or older than its ``source``.

    ``outdated`` files are removed when a new one is written. Where the folder cannot be written, the model is
    built in memory.
    """
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf  # type: ignore[import-untyped]

    try:
        with exclusive(path.with_suffix(".lock")):
            if not path.is_file() or path.stat().st_mtime < source.stat().st_mtime:
                _write(path, build(), outdated)
            try:
                return session_of(str(path), threads)
            except (Fail, InvalidGraph, InvalidProtobuf):
                _log.warning("%s is damaged and is written again", path.name)
                _write(path, build(), outdated)
                return session_of(str(path), threads)
    except OSError as error:
        _log.warning("%s cannot be written (%s): the model is built in memory", path.name, error.strerror)
        return session_of(build().SerializeToString(), threads)


def _write(path: Path, model: ModelProto, outdated: Sequence[Path]) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(model.SerializeToString())
    part.replace(path)
    for other in outdated:
        other.unlink(missing_ok=True)


def session_of(model: str | bytes, threads: int) -> InferenceSession:
    """Open a model, by path or bytes, on so many threads of the processor."""
    from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events

    # beside the switch of the environment (rag/telemetry.py), which an earlier import may not have seen
    disable_telemetry_events()
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
