"""Adapters: small differences to the weights of the bundled encoder, with the head that reads its tokens.

They ship as data beside this file (``<head>.safetensors``, float16, with a model card of the same name) and
say in their metadata which base they were made for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rag.core.errors import ConfigurationError
from rag.models.embedding.e5.bin import E5Weights, Floats
from rag.models.files.stored import file_digest

HeadName = Literal["answers", "supports"]
OUTPUTS: Mapping[HeadName, int] = {"answers": 1, "supports": 3}
FORMAT = "traboule-reader-1"


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter. ``digest`` is that of its file."""

    head: HeadName
    base: str
    base_sha256: str
    max_tokens: int
    digest: str
    tensors: Mapping[str, Floats]


def shipped_adapter(head: HeadName) -> Path | None:
    """Return the file of a head's adapter, None where none ships."""
    path = Path(__file__).with_name(f"{head}.safetensors")
    return path if path.is_file() else None


def read_adapter(path: Path, head: HeadName) -> Adapter:
    """Read an adapter.

    Raises:
        ConfigurationError: the file is not an adapter for this head, or not whole.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            told = file.metadata() or {}
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ConfigurationError("reader_damaged", path=path, reason=type(error).__name__) from None
    if told.get("format") != FORMAT or told.get("head") != head:
        raise ConfigurationError("reader_damaged", path=path, reason=f"format {told.get('format')}")
    adapter = Adapter(
        head,
        told.get("base", "?"),
        told.get("base_sha256", "?"),
        int(told.get("max_tokens", "192")),
        file_digest(path),
        tensors,
    )
    _check(adapter, path)
    return adapter


def check_base(adapter: Adapter, name: str, sha256: str) -> None:
    """Raise ``ConfigurationError``, naming both, where an adapter was made for another base."""
    if adapter.base_sha256 != sha256:
        raise ConfigurationError(
            "reader_other_base",
            head=adapter.head,
            base=f"{adapter.base} ({adapter.base_sha256[:12]})",
            loaded=f"{name} ({sha256[:12]})",
        )


class AdaptedWeights(E5Weights):
    """The weights of the base with an adapter's differences added to its matrices."""

    def __init__(self, path: Path, adapter: Adapter) -> None:
        super().__init__(path)
        self._adapter = adapter

    def matrix(self, name: str, columns: int) -> Floats:
        """Return a weight matrix, changed where the adapter changes it."""
        plain = super().matrix(name, columns)
        tensors, stem = self._adapter.tensors, name.removesuffix(".w")
        down, up = tensors.get(f"{stem}.down"), tensors.get(f"{stem}.up")
        return plain if down is None or up is None else plain + up @ down


def _check(adapter: Adapter, path: Path) -> None:
    outputs, tensors = OUTPUTS[adapter.head], adapter.tensors
    wanted = {"head.0.w", "head.0.b", "head.1.w", "head.1.b", "head.skip.w"}
    wanted |= {"calibration.scale", "calibration.shift"}
    missing = sorted(wanted - tensors.keys())
    if missing or tensors["head.1.w"].shape[0] != outputs or tensors["head.skip.w"].size != outputs:
        raise ConfigurationError("reader_damaged", path=path, reason=", ".join(missing) or "head.1.w")
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise ConfigurationError("reader_damaged", path=path, reason="NaN")
