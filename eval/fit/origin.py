"""Where weights come from: tool, data by digest, date, seed, and figures on data they were not fitted on.
Every weight file says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from eval.report.store import write

Kind = Literal["fitted", "set by hand"]
FITTED: Kind = "fitted"
BY_HAND: Kind = "set by hand"
Figures = Mapping[str, Mapping[str, float | int | None]]
"""What weights reach on each set, with ``n``; the name of a set says whether it was held out."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read, by the digest of its bytes, and how many of its items were used, where that was
    counted.
    """

    name: str
    sha256: str
    n: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """How weights were made. ``figures`` are of the weights beside it, over sets that they were not fitted
    on.
    """

    origin: Kind
    tool: str
    data: tuple[Source, ...]
    seed: int | None
    figures: Figures

    def document(self, weights: Mapping[str, object]) -> dict[str, object]:
        """Return a weight file: the weights, then where they come from."""
        made = {"version": version("traboule"), "date": datetime.now(UTC).date().isoformat()}
        return {**weights, **asdict(self), **made}


def source(path: Path, n: int | None, name: str | None = None) -> Source:
    """Return a file as a source; ``name`` stands in for its own."""
    with path.open("rb") as stream:
        return Source(name or path.name, hashlib.file_digest(stream, "sha256").hexdigest(), n)


def write_weights(path: Path, document: Mapping[str, object]) -> None:
    """Write a weight file, whole or not at all. Raises ``StorageError`` where it cannot be written."""
    write(path.expanduser(), json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def not_worse(new: Figures, old: Figures, metrics: Sequence[str]) -> bool:
    """Tell whether new weights may take the place of old ones: on no set is a metric lower, to three
    places.
    """
    return all(_reaches(new[name].get(metric), old[name].get(metric)) for name in old for metric in metrics)


def _reaches(new: float | None, old: float | None) -> bool:
    return old is None or (new is not None and round(new, 3) >= round(old, 3))
