"""A fit of the reader for a user: finds the base and the embedder of the home, and runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eval.fit.reader.data.files import HeadName
from eval.fit.reader.fitting import ReaderFit, fit_reader
from eval.fit.reader.run.network import AdapterPlan
from eval.fit.reader.run.training import Recipe, Tell
from rag.build import open_embed
from rag.models.embedding.e5.embedding import WEIGHTS_FILE
from rag.models.files.stored import model_file
from rag.settings import models_folder

if TYPE_CHECKING:
    from eval.runs.setup import Setup

_OUTPUTS = {"answers": 1, "supports": 3}


def open_fit(setup: Setup, head: HeadName, data: Path, *, pairs: int, seed: int, device: str) -> ReaderFit:
    """Return a fit with the settings that are right for most.

    Raises:
        ModelUnavailableError: the bundled encoder is not pulled.
    """
    base = model_file(models_folder(setup.settings, setup.home), "multilingual-e5-small", WEIGHTS_FILE)
    half = device != "cpu" or _has_bfloat16()
    recipe = Recipe(pairs=pairs, seed=seed, half=half, measure_every=min(5_000, max(64, pairs // 8)))
    here = Path("reader")
    return ReaderFit(
        head, base, data, here, here / "work", recipe, AdapterPlan(_OUTPUTS[head], dropout=0.0), device
    )


def run_fit(setup: Setup, fit: ReaderFit, tell: Tell) -> dict[str, object]:
    """Train, write adapter and card, and return the card. Raises as ``fit_reader`` does."""
    return fit_reader(fit, open_embed(setup.settings, setup.home), tell)


def _has_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 itself; where it does not, half precision is slower."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())
