"""Reads the 4-bit weights file of multilingual-e5-small (``E5S1``): header, unigram vocabulary, character
table, tensors.

Layout, little endian: magic and version; sizes; pieces (offsets, scores, UTF-8 bytes); replacements of single
characters; a directory of tensors, each either float32 or 4-bit blocks of 32 weights (a float16 scale, then
16 bytes: byte j holds weight j low and weight j+16 high; weight = (nibble - 8) * scale). Everything stays a
view on the file until it is asked for.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
BLOCK_WEIGHTS = 32
_MAGIC = b"E5S1"
_VERSION = 1


class WeightsError(Exception):
    """The file is not what its name promises; never leaves ``rag.models``."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, the four special ids, and what single characters are
    replaced by beforehand.
    """

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    padding: int
    unknown: int
    replacements: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix of 4-bit weights, row by row: ``nibbles`` (rows, columns) from 0 to 15 stand for -8 to 7 times
    the block's scale.
    """

    nibbles: NDArray[np.uint8]
    scales: Floats

    def floats(self) -> Floats:
        """Return the weights as float32 (rows, columns)."""
        steps = self.nibbles.astype(np.float32) - 8.0
        return steps * np.repeat(self.scales, BLOCK_WEIGHTS, axis=1)


class E5Weights:
    """One weights file, mapped into memory.

    Raises:
        WeightsError: the file is cut short, or is something else.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
            reader = _BinReader(self._bytes)
            self.shape = _read_shape(reader)
            self.vocabulary = _read_vocabulary(reader)
            self._directory = _read_directory(reader)
        except (struct.error, ValueError, IndexError) as error:
            raise WeightsError(str(error)) from None

    def floats(self, name: str) -> Floats:
        """Return a tensor that is stored as float32, flat."""
        return self._read(name, np.dtype("<f4"), 1)

    def blocks(self, name: str, columns: int) -> Blocks:
        """Return a 4-bit matrix of so many columns."""
        raw = self._read(name, _BLOCK, BLOCK_WEIGHTS)
        packed = raw["nibbles"]
        nibbles = np.concatenate([packed & 15, packed >> 4], axis=1).reshape(-1, columns)
        return Blocks(nibbles, raw["scale"].astype(np.float32).reshape(-1, columns // BLOCK_WEIGHTS))

    def matrix(self, name: str, columns: int) -> Floats:
        """Return a weight matrix of so many columns as float32 (outputs, inputs)."""
        return self.blocks(name, columns).floats()

    def _read(self, name: str, kind: np.dtype[Any], weights_each: int) -> NDArray[Any]:
        try:
            offset, weights = self._directory[name]
            return np.frombuffer(self._bytes, kind, weights // weights_each, offset)
        except (KeyError, ValueError):
            raise WeightsError(f"tensor {name} is not there, or not whole") from None


class _BinReader:
    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._at = 0

    def unpack(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize(f"<{layout}")
        return struct.unpack(f"<{layout}", self.take(size))

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size].tobytes()
        if len(part) != size:
            raise ValueError(f"cut short at byte {self._at + len(part)}")
        self._at += size
        return part

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        return np.frombuffer(self.take(np.dtype(kind).itemsize * count), kind)


def _read_shape(reader: _BinReader) -> Shape:
    magic = reader.take(4)
    (version,) = reader.unpack("I")
    if magic != _MAGIC or version != _VERSION:
        raise ValueError(f"not an {_MAGIC.decode()} file of version {_VERSION}")
    hidden, layers, heads, feed_forward, vocabulary, positions, _types, epsilon, block = reader.unpack("7ifi")
    if block != BLOCK_WEIGHTS:
        raise ValueError(f"blocks of {block} weights")
    return Shape(hidden, layers, heads, feed_forward, vocabulary, positions, epsilon)


def _read_vocabulary(reader: _BinReader) -> Vocabulary:
    count, begin, end, padding, unknown, length = reader.unpack("5iQ")
    bounds = reader.array("<u4", count + 1).tolist()
    scores = tuple(reader.array("<f4", count).tolist())
    text = reader.take(length)
    pieces = tuple(text[start:stop].decode() for start, stop in itertools.pairwise(bounds))
    return Vocabulary(pieces, scores, begin, end, padding, unknown, _read_replacements(reader))


def _read_replacements(reader: _BinReader) -> dict[int, str]:
    count, _length = reader.unpack("iI")
    replacements = {}
    for _ in range(count):
        character, length = reader.unpack("IB")
        replacements[character] = "".join(map(chr, reader.unpack(f"{length}I")))
    return replacements


def _read_directory(reader: _BinReader) -> dict[str, tuple[int, int]]:
    (count,) = reader.unpack("i")
    directory = {}
    for _ in range(count):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode()
        _kind, weights, offset, _bytes = reader.unpack("BIQQ")
        directory[name] = (offset, weights)
    return directory
