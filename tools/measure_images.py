"""Measures likeness on chest radiographs of a folder (``selected.json``, ``images``): precision among the 5
nearest pictures of other patients, by finding and by view, against chance and against the plain encoder.

``python tools/measure_images.py FOLDER --weights FILE.pth``
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rag.ingest.pictures.radiograph import square_of
from rag.models.images.bundled import LAYERS, EfficientNetEncoder

_DEPTH, _DRAWS, _HEAD = 5, 1000, (16,)
Rows = Sequence[dict[str, Any]]


def main() -> None:
    """Print one line a way of looking."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--weights", type=Path, required=True)
    given = asked.parse_args()
    rows = json.loads((given.folder / "selected.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if (given.folder / "images" / row["image"]).is_file()]
    ways = [("head, shrunk", _HEAD, True), ("head, prepared", _HEAD, False)]
    ways += [("middle, shrunk", LAYERS, True), ("middle, prepared", LAYERS, False)]
    for name, layers, is_plain in ways:
        encoder = EfficientNetEncoder(given.weights, "efficientnet-lite0", None, layers)
        pictures = [Image.open(given.folder / "images" / row["image"]) for row in rows]
        squares = [square_of(one, encoder.size, is_plain=is_plain) for one in pictures]
        vectors = np.array(encoder.pictures(squares))
        likeness = vectors @ vectors.T
        for label in ("finding", "view"):
            print(f"{name:18} {label:8} {_told(likeness, rows, label, None)}")
            print(f"{'':18} {'  half B':8} {_told(likeness, rows, label, 1)}")


def _told(likeness: Any, rows: Rows, label: str, half: int | None) -> str:
    kept = [at for at, row in enumerate(rows) if half is None or _half(row["patientid"]) == half]
    hits: list[float] = []
    chance: list[float] = []
    for query in kept:
        others = [at for at in kept if rows[at]["patientid"] != rows[query]["patientid"]]
        same = [rows[at][label] == rows[query][label] for at in others]
        if sum(same) < _DEPTH:
            continue
        nearest = sorted(others, key=lambda at: -likeness[query][at])[:_DEPTH]
        hits.append(sum(rows[at][label] == rows[query][label] for at in nearest) / _DEPTH)
        chance.append(sum(same) / len(same))
    draw = np.random.default_rng(0)
    means = [np.mean(draw.choice(hits, len(hits))) for _ in range(_DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{np.mean(hits):.3f} [{low:.3f}, {high:.3f}] of {len(hits)}, chance {np.mean(chance):.3f}"


def _half(patient: str) -> int:
    return int(hashlib.sha256(patient.encode()).hexdigest(), 16) % 2


if __name__ == "__main__":
    main()
