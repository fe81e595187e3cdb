"""TREC run and qrels files, so that rankings travel between tools: ``query Q0 document rank score tag`` and
``query 0 document grade``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.datasets.beir import GRADE
from eval.datasets.records import read_lines
from rag.core.errors import StorageError, UsageError

Run = Mapping[str, Mapping[str, float]]
"""Scores of the documents of each query; higher is better."""


def write_run(path: Path, rankings: Mapping[str, Sequence[str]], tag: str) -> None:
    """Write rankings as a run. The score falls by 1 a rank: readers sort by score and break ties each in
    their own way.

    Raises:
        UsageError: an id holds white space, which parts the columns of such a file.
        StorageError: the file cannot be written.
    """
    check_ids(path, [*rankings, *(document for documents in rankings.values() for document in documents)])
    rows = (
        f"{query} Q0 {document} {place} {len(documents) - place + 1} {tag}"
        for query, documents in rankings.items()
        for place, document in enumerate(documents, start=1)
    )
    _write(path, rows)


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """Write judgements. Raises as ``write_run`` does."""
    check_ids(path, [*qrels, *(document for grades in qrels.values() for document in grades)])
    _write(
        path,
        (
            f"{query} 0 {document} {grade}"
            for query, grades in qrels.items()
            for document, grade in grades.items()
        ),
    )


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """Read a run, of this or of another system.

    Raises:
        UsageError: the file cannot be read, a line is malformed, or a document comes twice for a query.
    """
    run: dict[str, dict[str, float]] = {}
    for number, line in read_lines(path):
        cells = line.split()
        score = _number(cells[4]) if len(cells) == 6 else None
        if score is None:
            raise UsageError("eval_bad_run", file=path, line=number)
        scores = run.setdefault(cells[0], {})
        if cells[2] in scores:
            raise UsageError("eval_duplicate", file=path, line=number, id=f"{cells[0]} {cells[2]}")
        scores[cells[2]] = score
    if not run:
        raise UsageError("eval_run_empty", file=path)
    return run


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read judgements: TREC's four columns, or the three of BEIR with or without its header. The last line of
    a pair holds.

    Raises:
        UsageError: the file cannot be read, a line is malformed, or there is no judgement.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        cells = line.split("\t") if line.count("\t") == 2 else line.split()  # BEIR's ids may hold spaces
        if number == 1 and cells[-1] == "score":
            continue
        if len(cells) not in (3, 4) or not GRADE.fullmatch(cells[-1]):
            raise UsageError("eval_bad_qrel", file=path, line=number)
        qrels.setdefault(cells[0], {})[cells[-2]] = int(cells[-1])
    if not qrels:
        raise UsageError("eval_run_empty", file=path)
    return qrels


def check_ids(path: Path, ids: Iterable[str]) -> None:
    """Check that a TREC file can hold ids. Raises ``UsageError`` where one holds white space."""
    if spaced := next((identifier for identifier in ids if identifier.split() != [identifier]), None):
        raise UsageError("eval_trec_id", file=path, id=spaced)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _write(path: Path, rows: Iterable[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            "eval_not_written", file=path, reason=error.strerror or type(error).__name__
        ) from None
