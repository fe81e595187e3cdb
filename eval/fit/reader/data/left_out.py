"""Documents that an evaluation of the project asks about: no head learns from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from eval.datasets.records import read_records


def left_out(lists: tuple[Path, ...]) -> frozenset[str]:
    """Return the ids of documents that are asked about: by the bundled questions over the shared data, and
    those in ``lists`` (JSON Lines with ``document`` or ``gold_docs``, or one id a line).

    Raises:
        UsageError: a list cannot be read.
    """
    found: set[str] = set()
    for entry in (files("eval") / "questions").iterdir():
        if entry.name.endswith(".jsonl"):
            for line in entry.read_text(encoding="utf-8").splitlines():
                found.update(json.loads(line)["gold_docs"])
    for path in lists:
        if path.suffix == ".jsonl":
            for record in read_records(path):
                found.update(_named(record.values))
        else:
            found.update(path.read_text(encoding="utf-8").split())
    return frozenset(found)


def _named(values: Mapping[str, object]) -> list[str]:
    documents = values.get("gold_docs", [])
    one = values.get("document")
    return [*(documents if isinstance(documents, list) else []), *([one] if isinstance(one, str) else [])]
