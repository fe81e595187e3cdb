"""The run: batches in an order that the seed fixes, checkpoints, a learning curve, and the best state kept.

Nothing in it depends on the clock but the end: with ``--hours`` a run stops early, and ``--resume`` goes on
from the last checkpoint with the batches that were left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.fit.reader.inputs import LearningUnit
from eval.fit.reader.run.batches import Batch, batches, collated
from eval.fit.reader.run.network import LearningReader

CHECKPOINT = "checkpoint.pt"
Tell = Callable[..., None]
"""Told a message by its key, with its facts."""
Loss = Callable[[Tensor, Batch], Tensor]
Units = Callable[[int], Sequence[LearningUnit]]
"""The units of an epoch, by its number: negatives are drawn anew."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is trained; ``pairs`` are those seen in all, the same one counted again in a later epoch."""

    pairs: int = 50_000
    batch: int = 32
    rate: float = 8e-4
    warmup: float = 0.05
    decay: float = 0.01
    clip: float = 1.0
    seed: int = 7
    measure_every: int = 5_000
    save_every: float = 120.0
    half: bool = True
    """Products in bfloat16; what learns stays float32."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Figures after so many pairs: the loss of training since the last point, and of the split ``stop``."""

    pairs: int
    seconds: float
    training_loss: float
    figures: dict[str, float]


@dataclass(slots=True)
class TrainingRun:
    """A head in training. ``measure`` gives figures by name, of which ``better`` is the one that decides."""

    reader: LearningReader
    recipe: Recipe
    units: Units
    loss: Loss
    measure: Callable[[LearningReader], dict[str, float]]
    better: str
    folder: Path
    device: str = "cpu"
    curve: list[CurvePoint] = field(default_factory=list)
    best: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    seen: int = 0
    step: int = 0
    spent: float = 0.0

    def train(self, until: float | None, tell: Tell, *, resume: bool) -> None:
        """Train until all pairs are seen, or so many seconds are over; the best state is in ``best``.

        Raises:
            FileNotFoundError: nothing to resume.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.reader.to(self.device)
        optimizer = torch.optim.AdamW(
            [value for _, value in self.reader.learned()], lr=self.recipe.rate, weight_decay=self.recipe.decay
        )
        if resume:
            self._load(optimizer)
        torch.manual_seed(self.recipe.seed + self.step)
        start = saved = time.monotonic()
        before, losses, done = self.spent, [], self.seen
        for batch in self._batches():
            losses.append(self._learn(optimizer, batch))
            now = time.monotonic()
            self.spent = before + now - start
            if self.step % 20 == 0:
                self._tell(tell, losses[-50:], (self.seen - done) / (now - start))
            is_over = self.seen >= self.recipe.pairs or (until is not None and now - start > until)
            if is_over or self.seen // self.recipe.measure_every > (self.seen - len(batch)) // (
                self.recipe.measure_every
            ):
                self._point(losses, tell)
                losses = []
            if is_over or now - saved > self.recipe.save_every:
                self._save(optimizer)
                saved = time.monotonic()
            if is_over:
                break

    def _batches(self) -> Iterator[Batch]:
        """Yield the batches that are left, epoch after epoch."""
        passed, epoch = 0, 0
        while True:
            for units in batches(self.units(epoch), self.recipe.batch, Random(self.recipe.seed + epoch)):
                passed += 1
                if passed > self.step:
                    yield collated(units)
            epoch += 1

    def _learn(self, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
        self.reader.train()
        for group in optimizer.param_groups:
            group["lr"] = self.recipe.rate * self._pace()
        batch = batch.to(self.device)
        with torch.autocast(self.device.split(":")[0], dtype=torch.bfloat16, enabled=self.recipe.half):
            outputs = self.reader(batch.ids, batch.part, batch.lengths)
        loss = self.loss(outputs.float(), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([value for _, value in self.reader.learned()], self.recipe.clip)
        optimizer.step()
        self.seen += len(batch)
        self.step += 1
        return float(loss.detach())

    def _pace(self) -> float:
        """Return the share of the full rate: up in a straight line, then down in one."""
        share = self.seen / self.recipe.pairs
        return max(0.02, min(1.0, share / self.recipe.warmup + 0.02, (1 - share) / (1 - self.recipe.warmup)))

    def _tell(self, tell: Tell, losses: Sequence[float], rate: float) -> None:
        minutes = (self.recipe.pairs - self.seen) / max(rate, 1e-6) / 60
        facts = {"seen": self.seen, "pairs": self.recipe.pairs, "rate": f"{rate:.1f}"}
        tell("fit.at", **facts, minutes=round(minutes), loss=f"{sum(losses) / len(losses):.3f}")

    def _point(self, losses: Sequence[float], tell: Tell) -> None:
        figures = self.measure(self.reader)
        best = max((point.figures[self.better] for point in self.curve), default=-1.0)
        mean = sum(losses) / max(1, len(losses))
        self.curve.append(CurvePoint(self.seen, round(self.spent, 1), round(mean, 4), figures))
        if figures[self.better] >= best:
            self.best = self.reader.arrays()
        told = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
        tell("fit.point", seen=self.seen, figures=told)

    def _save(self, optimizer: torch.optim.Optimizer) -> None:
        state = {
            "learned": self.reader.arrays(),
            "optimizer": optimizer.state_dict(),
            "best": self.best,
            "curve": [asdict(point) for point in self.curve],
            "seen": self.seen,
            "step": self.step,
            "spent": self.spent,
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, part)
        part.replace(self.folder / CHECKPOINT)

    def _load(self, optimizer: torch.optim.Optimizer) -> None:
        # the file is the run's own, and holds arrays beside tensors
        state = torch.load(self.folder / CHECKPOINT, weights_only=False)
        self.reader.load(state["learned"])
        optimizer.load_state_dict(state["optimizer"])
        self.best, self.seen, self.step, self.spent = (
            state[name] for name in ("best", "seen", "step", "spent")
        )
        self.curve = [CurvePoint(**point) for point in state["curve"]]


@torch.no_grad()
def outputs_of(
    reader: LearningReader, units: Sequence[LearningUnit], device: str, *, half: bool, most: int = 48
) -> list[NDArray[np.float32]]:
    """Return the raw outputs of each unit (pairs, outputs), in the order of the units."""
    reader.eval()
    numbered = sorted(enumerate(units), key=lambda item: item[1].longest)
    found: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(units)
    for chunk in batches([unit for _, unit in numbered], most, None):
        batch = collated(chunk).to(device)
        with torch.autocast(device.split(":")[0], dtype=torch.bfloat16, enabled=half):
            values = reader(batch.ids, batch.part, batch.lengths).float().cpu().numpy()
        sizes = np.cumsum([len(unit.pairs) for unit in chunk])[:-1]
        for unit, part in zip(chunk, np.split(values, sizes), strict=True):
            found[_place(numbered, unit)] = part
    return found


def _place(numbered: list[tuple[int, LearningUnit]], unit: LearningUnit) -> int:
    number, first = numbered.pop(0)
    if first is not unit:
        raise AssertionError("batches keep the order of lengths")
    return number
