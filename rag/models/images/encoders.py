"""Which image encoder the settings ask for."""

from __future__ import annotations

from pathlib import Path

from rag.core.protocols import ImageEncoder
from rag.models.images.bundled import WEIGHTS_FILE, EfficientNetEncoder
from rag.models.images.joint import JointEncoder
from rag.settings import ImageSettings


def make_image_encoder(folder: Path, settings: ImageSettings) -> ImageEncoder | None:
    """Return the encoder of the settings; None where there is none, or the weights of the bundled one are not
    here.

    Raises:
        Unavailable: the files of a joint encoder are missing or cannot be read.
    """
    if settings.kind == "none":
        return None
    if settings.kind == "onnx":
        return JointEncoder(folder, settings.name, settings.threads)
    weights = folder / settings.name / WEIGHTS_FILE
    return EfficientNetEncoder(weights, settings.name, settings.threads) if weights.is_file() else None
