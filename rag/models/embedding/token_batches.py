"""Texts of like length share a run of a model: which go together, and how they are laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_PADDING_LIMIT = 1.15
"""A batch ends where one more text would make it this much larger than its tokens."""
_TOKENS_A_BATCH = 4096
"""Tokens, padding included, of one run: the scores of self-attention grow with the square of the length, and
memory with them.
"""
_BATCHES_A_CALL = 16
_MOST_TEXTS = 2048
"""What LlamaIndex allows an embedding to take at once."""


def texts_a_call(batch_size: int) -> int:
    """Return how many texts are given to an embedder at once, so that many batches are sorted by length
    together.
    """
    return min(_MOST_TEXTS, batch_size * _BATCHES_A_CALL)


def batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Group texts of like length: yield positions, at most ``batch_size`` a group, with little padding in
    each and no more than fits.
    """
    batch: list[int] = []
    tokens = 0
    for at in sorted(range(len(lengths)), key=lambda at: (lengths[at], at)):
        laid = (len(batch) + 1) * lengths[at]
        is_full = len(batch) == batch_size or laid > _TOKENS_A_BATCH
        if batch and (is_full or laid > _PADDING_LIMIT * (tokens + lengths[at])):
            yield batch
            batch, tokens = [], 0
        batch.append(at)
        tokens += lengths[at]
    if batch:
        yield batch


def padded(sequences: Sequence[Sequence[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids (count, longest), padded on the right, and the mask that is 1 where a token is a
    text's own.
    """
    longest = max(map(len, sequences))
    ids = np.full((len(sequences), longest), padding, np.int64)
    mask = np.zeros((len(sequences), longest), np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask
