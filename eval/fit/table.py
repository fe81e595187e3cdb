"""Cases as numbers: the features of a question and its candidates, without any text, so that a fit can be
done again anywhere.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.datasets.records import read_text
from rag.core.errors import StorageError, UsageError

TABLE = "relevance_features.csv.gz"
PLACES = 5
_OWN = ("collection", "answerable", "whole")


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases as arrays: ``values`` of shape (cases, features); ``whole`` is false for those cut to a few
    candidates.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    labels: NDArray[np.bool_]
    collections: NDArray[np.str_]
    whole: NDArray[np.bool_]


def write_table(cases: Cases, path: Path) -> None:
    """Write cases, the same bytes for the same cases.

    Raises:
        StorageError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_OWN, *cases.names])
    for values, label, name, is_whole in zip(
        cases.values, cases.labels, cases.collections, cases.whole, strict=True
    ):
        rows.writerow(
            [
                name,
                int(label),
                int(is_whole),
                *(f"{value:.{PLACES}f}".rstrip("0").rstrip(".") for value in values),
            ]
        )
    try:
        path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    except OSError as error:
        raise StorageError(
            "eval_not_written", file=path, reason=error.strerror or type(error).__name__
        ) from None


def read_table(path: Path) -> Cases:
    """Read cases.

    Raises:
        UsageError: the file cannot be read, or is no such table.
    """
    head, *rows = csv.reader(io.StringIO(read_text(path), newline=""))
    if tuple(head[: len(_OWN)]) != _OWN or any(len(row) != len(head) for row in rows):
        raise UsageError("eval_bad_field", file=path, line=1, field=", ".join(_OWN))
    return Cases(
        names=tuple(head[len(_OWN) :]),
        values=np.array([[float(value) for value in row[len(_OWN) :]] for row in rows]),
        labels=np.array([row[1] == "1" for row in rows]),
        collections=np.array([row[0] for row in rows]),
        whole=np.array([row[2] == "1" for row in rows]),
    )
