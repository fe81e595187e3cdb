"""Reads the tensors of a weights file of PyTorch (the format before 1.6), without PyTorch and without running
anything of it.

Such a file is a pickle. It may name three things: an ordered dictionary, a tensor made of a storage, and the
types of storages. Anything else that it names refuses the file.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64, "DoubleStorage": np.float64}


class NotWeights(Exception):
    """The file is no weights file of this kind, or names what it must not."""


@dataclass(frozen=True, slots=True)
class _StoredNumbers:
    key: str
    type: Any


@dataclass(frozen=True, slots=True)
class _StoredTensor:
    storage: _StoredNumbers
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """Return the tensors by name.

    Raises:
        NotWeights: it is no such file, or is cut short.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        try:
            if _loaded(stream) != _MAGIC or _loaded(stream) != _VERSION:
                raise NotWeights("magic")
            _loaded(stream)  # byte order and sizes of the machine that wrote it
            held, keys = _loaded(stream), _loaded(stream)
            types = {tensor.storage.key: tensor.storage.type for tensor in held.values()}
            values = {key: _values(stream, types.get(key, np.float32)) for key in keys}
        except NotWeights:
            raise
        except Exception as error:  # a damaged pickle raises whatever its opcodes meet
            raise NotWeights(type(error).__name__) from None
    return {name: _array(values[tensor.storage.key], tensor) for name, tensor in held.items()}


def _values(stream: BinaryIO, kind: Any) -> NDArray[Any]:
    count = int.from_bytes(stream.read(8), "little")
    size = count * np.dtype(kind).itemsize
    data = stream.read(size)
    if len(data) != size:
        raise NotWeights("short")
    return np.frombuffer(data, dtype=np.dtype(kind).newbyteorder("<"))


def _array(values: NDArray[Any], tensor: _StoredTensor) -> NDArray[Any]:
    steps = [step for length, step in zip(tensor.shape, tensor.strides, strict=True) if length > 1]
    lengths = [length for length in tensor.shape if length > 1]
    last = tensor.offset + sum((length - 1) * step for length, step in zip(lengths, steps, strict=True))
    if min([tensor.offset, *steps, *tensor.shape], default=0) < 0 or last >= len(values):
        raise NotWeights("layout")
    found = np.lib.stride_tricks.as_strided(
        values[tensor.offset :],
        shape=tensor.shape,
        strides=[step * values.itemsize for step in tensor.strides],
        writeable=False,
    )
    return np.ascontiguousarray(found).reshape(tensor.shape)


def _loaded(stream: BinaryIO) -> Any:
    return _WeightsPickle(stream).load()


class _WeightsPickle(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise NotWeights("class")

    def persistent_load(self, pid: Any) -> _StoredNumbers:
        word, kind, key, *_ = pid
        if word != "storage":
            raise NotWeights("storage")
        return _StoredNumbers(key, kind)


def _tensor(storage: _StoredNumbers, offset: int, shape: Any, strides: Any, *_: Any) -> _StoredTensor:
    return _StoredTensor(storage, offset, tuple(shape), tuple(strides))
