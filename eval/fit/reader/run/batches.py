"""Groups of encoded pairs as padded tensors: similar lengths together, about as many tokens a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from eval.fit.reader.inputs import LearningUnit

_POOL = 64
"""Batches that are sorted by length together: enough to pad little, few enough to mix the sets."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of several units: ids, parts (pairs, tokens), lengths, targets, number of the unit, weight."""

    ids: Tensor
    part: Tensor
    lengths: Tensor
    targets: Tensor
    unit: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: str) -> Batch:
        """Return the batch on another device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def batches(units: Sequence[LearningUnit], most: int, random: Random | None) -> Iterator[list[LearningUnit]]:
    """Yield lists of units of about ``most`` pairs; without ``random`` in the order of their lengths.

    Units are drawn in a new order, sorted by length within a pool, and the batches of a pool mixed again.
    """
    order = list(units)
    if random is None:
        yield from _cut(sorted(order, key=lambda unit: unit.longest), most)
        return
    random.shuffle(order)
    per_unit = max(1.0, sum(len(unit.pairs) for unit in order) / max(1, len(order)))
    pool = max(1, int(_POOL * most / per_unit))
    for first in range(0, len(order), pool):
        found = list(_cut(sorted(order[first : first + pool], key=lambda unit: unit.longest), most))
        random.shuffle(found)
        yield from found


def _cut(units: Sequence[LearningUnit], most: int) -> Iterator[list[LearningUnit]]:
    held: list[LearningUnit] = []
    size = 0
    for unit in units:
        if held and size + len(unit.pairs) > most:
            yield held
            held, size = [], 0
        held.append(unit)
        size += len(unit.pairs)
    if held:
        yield held


def collated(units: Sequence[LearningUnit]) -> Batch:
    """Return units as one batch, padded on the right with the id 1."""
    pairs = [pair for unit in units for pair in unit.pairs]
    longest = max(len(pair.ids) for pair in pairs)
    ids = torch.ones(len(pairs), longest, dtype=torch.long)
    part = torch.zeros(len(pairs), longest, dtype=torch.long)
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        part[row, : len(pair.part)] = torch.tensor(pair.part)
    return Batch(
        ids,
        part,
        torch.tensor([len(pair.ids) for pair in pairs]),
        torch.tensor([target for unit in units for target in unit.targets]),
        torch.tensor([number for number, unit in enumerate(units) for _ in unit.pairs]),
        torch.tensor([unit.weight for unit in units for _ in unit.pairs]),
    )
