"""Whom a report quotes: ``patients.json`` beside it, which the server asks before it shows the report and an
erasure before it leaves it alone.

The fictitious patients of the bundled corpora are nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from eval.report.store import ReportFolder, write
from rag.demo import bundled_patients
from rag.erasure.places import MANIFEST

_PATIENTS, _DOCUMENTS = ("patient", "patient_id"), ("doc", "doc_id", "docs", "gold_docs")


def write_patients(folder: ReportFolder) -> None:
    """Write whom the items and the answers of a report quote.

    Raises:
        StorageError: it cannot be written.
    """
    patients: set[str] = set()
    documents: set[str] = set()
    for part in ("items", "answers", "judge"):
        for file in sorted((folder.path / part).glob("*.jsonl")):
            for key, value in _named(file):
                (patients if key in _PATIENTS else documents).add(value)
    told = {"patients": sorted(patients - bundled_patients()), "doc_ids": sorted(documents)}
    write(folder.path / MANIFEST, json.dumps(told, ensure_ascii=False))


def _named(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8").split("\n"):  # texts hold other line separators
        try:
            yield from _ids(json.loads(line)) if line.strip() else ()
        except ValueError:  # the last line of a run that was cut short
            continue


def _ids(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _ids(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in _PATIENTS or key in _DOCUMENTS:
                found = one if isinstance(one, list) else [one]
                yield from ((key, str(name)) for name in found if isinstance(name, str) and name)
            else:
                yield from _ids(one)
