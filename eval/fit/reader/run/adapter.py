"""Writes what a head has learned as the file that the run time reads, with the calibration of its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

FORMAT = "traboule-reader-1"
BASE = "multilingual-e5-small"
LONGEST = 192
"""Tokens of a pair at run time; training sees fewer, and every place has its vector in the base."""
LABELS = {"answers": "answers", "supports": "support,neutral,contradict"}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Outputs are multiplied by ``scale`` and moved by ``shift`` before they become probabilities."""

    scale: float
    shift: tuple[float, ...]

    def applied(self, outputs: Floats) -> Floats:
        """Return outputs (…, outputs) on the calibrated scale."""
        return np.asarray(outputs * self.scale + np.array(self.shift))


def write_adapter(
    path: Path, head: str, learned: Mapping[str, Floats], calibration: Calibration, base_sha256: str
) -> None:
    """Write an adapter, float16, whole or not at all."""
    from safetensors.numpy import save

    tensors = {
        **learned,
        "calibration.scale": np.array([calibration.scale]),
        "calibration.shift": np.array(calibration.shift),
    }
    told = {
        "format": FORMAT,
        "head": head,
        "base": BASE,
        "base_sha256": base_sha256,
        "max_tokens": str(LONGEST),
        "labels": LABELS[head],
    }
    half = {name: np.ascontiguousarray(value, dtype=np.float16) for name, value in sorted(tensors.items())}
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(save(half, told))
    part.replace(path)


def fitted_calibration(outputs: Floats, targets: Sequence[int]) -> Calibration:
    """Fit scale and shift on pairs that are in no figure, so that a probability is a share of right ones.

    ``outputs`` (pairs, outputs); with one output targets are 0 or 1, with three they are classes.
    """
    from scipy.optimize import minimize

    wanted = np.array(targets)

    def loss(values: Floats) -> float:
        moved = np.exp(values[0]) * outputs + values[1:]
        if outputs.shape[1] == 1:
            signed = np.where(wanted == 1, moved[:, 0], -moved[:, 0])
            return float(np.mean(np.logaddexp(0.0, -signed)))
        return float(np.mean(np.logaddexp.reduce(moved, 1) - moved[np.arange(len(wanted)), wanted]))

    found = minimize(loss, np.zeros(1 + outputs.shape[1]), method="L-BFGS-B").x
    return Calibration(float(np.exp(found[0])), tuple(float(value) for value in found[1:]))
