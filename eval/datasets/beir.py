"""BEIR folders: ``corpus.jsonl[.gz]``, ``queries.jsonl[.gz]``, ``qrels/SPLIT.tsv``.

Everything is checked before anything is indexed. The texts of the corpus are not kept: ingest reads them from
the same file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from eval.datasets.records import read_lines, read_records
from eval.datasets.sample import sampled
from rag.core.errors import UsageError

_HEADER = ("query-id", "corpus-id", "score")
GRADE = re.compile(r"-?\d{1,9}", re.ASCII)
"""A grade as judgements are written: a whole number, below 0 for spam in some of TREC's."""


@dataclass(frozen=True, slots=True)
class BeirDataset:
    """A collection with queries and judgements.

    ``qrels`` gives each judged query its documents with a grade, 0 for "not relevant". Where a pair is judged
    twice and differently, the last line holds, as for other readers; ``conflicts`` counts these.
    ``characters`` counts the texts of the corpus; ``checksum`` is the sha256 of its file.
    """

    name: str
    split: str
    corpus: Path
    checksum: str
    doc_ids: frozenset[str]
    characters: int
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]
    conflicts: int

    def answerable(self) -> dict[str, str]:
        """Return the queries with at least one relevant document, in the order of the file: the only ones a
        ranking can be measured by.
        """
        judged = {
            query for query, grades in self.qrels.items() if any(grade > 0 for grade in grades.values())
        }
        return {query: text for query, text in self.queries.items() if query in judged}

    def drawn(self, count: int | None, limit: int | None = None) -> BeirDataset:
        """Return the same collection with a fixed draw of the queries that have a relevant document, or its
        first; itself when None.
        """
        if count is None and limit is None:
            return self
        chosen = sampled(list(self.answerable()), count)[:limit]
        return replace(self, qrels={query: self.qrels[query] for query in chosen})

    def judgements_checksum(self) -> str:
        """Return a digest of what is asked and what counts as right: the judged queries with their texts and
        grades.
        """
        judged = [
            (query, self.queries[query], sorted(grades.items()))
            for query, grades in sorted(self.qrels.items())
        ]
        return hashlib.sha256(repr(judged).encode()).hexdigest()


def read_beir(folder: Path, split: str = "test") -> BeirDataset:
    """Read and check a BEIR folder.

    Raises:
        UsageError: a file is missing, a line is malformed, an id comes twice, or a judgement names an unknown
        query. A missing split is
            reported with the splits that are there.
    """
    corpus = _file(folder, "corpus.jsonl")
    qrels_file = _qrels_file(folder, split)
    queries = _queries(_file(folder, "queries.jsonl"))
    doc_ids, characters = _documents(corpus)
    qrels, conflicts = _qrels(qrels_file, queries)
    return BeirDataset(
        name=folder.resolve().name,
        split=split,
        corpus=corpus,
        checksum=_checksum(corpus),
        doc_ids=doc_ids,
        characters=characters,
        queries=queries,
        qrels=qrels,
        conflicts=conflicts,
    )


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise UsageError("eval_no_beir_file", folder=folder, file=f"{name}[.gz]")


def _qrels_file(folder: Path, split: str) -> Path:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        splits = ", ".join(sorted(found.stem for found in (folder / "qrels").glob("*.tsv"))) or "–"
        raise UsageError("eval_no_split", folder=folder, split=split, splits=splits)
    return path


def _documents(path: Path) -> tuple[frozenset[str], int]:
    seen: set[str] = set()
    characters = 0
    for record in read_records(path):
        doc_id = record.identifier()
        if doc_id in seen:
            raise UsageError("eval_duplicate", file=path, line=record.line, id=doc_id)
        characters += len(record.text("text"))
        seen.add(doc_id)
    return frozenset(seen), characters


def _queries(path: Path) -> dict[str, str]:
    queries: dict[str, str] = {}
    for record in read_records(path):
        query = record.identifier()
        if query in queries:
            raise UsageError("eval_duplicate", file=path, line=record.line, id=query)
        queries[query] = record.text("text")
    return queries


def _qrels(path: Path, queries: Mapping[str, str]) -> tuple[dict[str, dict[str, int]], int]:
    qrels: dict[str, dict[str, int]] = {}
    conflicts = 0
    for number, line in read_lines(path):
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if number == 1 and cells == _HEADER:
            continue
        if len(cells) != 3 or not GRADE.fullmatch(cells[2]):
            raise UsageError("eval_bad_qrel", file=path, line=number)
        query, document, grade = cells[0], cells[1], int(cells[2])
        if query not in queries:
            raise UsageError("eval_unknown_query", file=path, line=number, id=query)
        grades = qrels.setdefault(query, {})
        conflicts += grades.get(document, grade) != grade
        grades[document] = grade
    return qrels, conflicts


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
