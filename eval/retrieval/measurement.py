"""Retrieval, measured as documents: a document ranks where its best passage ranks, as the product itself
finds it.

The corpus is read by the product's own ingest and searched through the product's own pipeline; nothing here
ranks anything.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eval.answers.interview import WARM_UP, attempted
from eval.datasets.beir import BeirDataset
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.ranking import DEEPEST, ranking_metrics
from eval.statistics.inference import bootstrap_interval
from eval.statistics.scores import PLACES, percentile
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from rag.home import OpenHome
    from rag.pipeline import Pipeline
    from rag.retrieve.retriever import Mode

_SPEED_FILE = "ingest-speed.json"
_SPARE = 1.5


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """Metrics of one mode on one split. ``means`` are over the queries with a relevant document; times are
    milliseconds a query.

    ``rankings`` holds the documents of each query, best first; ``failed`` the reason of each query that could
    not be searched for: it is in no mean.
    """

    dataset: str
    split: str
    mode: str
    queries: int
    queries_without_relevant: int
    qrels_conflicts: int
    documents: int
    documents_failed: int
    passages: int
    means: Mapping[str, float]
    per_query: Mapping[str, Mapping[str, float]]
    query_ms: Mapping[str, float | None]
    ingest_passages_per_s: float | None
    embedder: str
    index: str
    rankings: Mapping[str, Sequence[str]]
    latencies_ms: Mapping[str, float]
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def intervals(self) -> dict[str, tuple[float, float] | None]:
        """Return the 95 % bootstrap interval of each mean over the queries."""
        return {
            name: bootstrap_interval([found[name] for found in self.per_query.values()])
            for name in self.means
        }

    @property
    def has_failures(self) -> bool:
        """Tell whether a document of the corpus could not be read, or a query not be searched for: the exit
        code is then 3.
        """
        return self.documents_failed > 0 or bool(self.failed)

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval retrieval --json``."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "mode": self.mode,
            "queries": self.queries,
            "queries_without_relevant": self.queries_without_relevant,
            "qrels_conflicts": self.qrels_conflicts,
            "failed": dict(self.failed),
            "documents": self.documents,
            "documents_failed": self.documents_failed,
            "passages": self.passages,
            **{name: round(value, PLACES) for name, value in self.means.items()},
            "per_query": {
                query: {name: round(value, PLACES) for name, value in found.items()}
                for query, found in self.per_query.items()
            },
            "intervals": {
                name: pair and [round(end, PLACES) for end in pair] for name, pair in self.intervals.items()
            },
            "ingest_passages_per_s": self.ingest_passages_per_s,
            "query_ms": self.query_ms,
            "embedder": self.embedder,
            "index": self.index,
        }


def measure_retrieval(
    opened: OpenHome,
    dataset: BeirDataset,
    mode: Mode,
    *,
    speed: float | None = None,
    done: Callable[[], None] = lambda: None,
) -> RetrievalResult:
    """Search every query that has a relevant document and score the rankings.

    Args:
        opened: a home that holds the corpus of the dataset and nothing else.
        dataset: the queries and judgements.
        mode: which channels are searched.
        speed: passages a second of the ingest, for the result.
        done: called after each query.

    Raises:
        UsageError: no query has a relevant document, or none could be searched for.
    """
    queries = dataset.answerable()
    if not queries:
        raise UsageError("eval_no_judged_query", folder=dataset.corpus.parent, split=dataset.split)
    pipeline, documents, passages = (
        opened.pipeline(),
        opened.store.coverage().documents_searched,
        opened.store.passage_total(),
    )
    depth = math.ceil(DEEPEST * _SPARE * max(1.0, passages / max(1, documents)))
    pipeline.search(WARM_UP, k=1, mode=mode)
    rankings: dict[str, list[str]] = {}
    times: dict[str, float] = {}
    failed: dict[str, str] = {}
    for query, text in queries.items():
        found, error = attempted(query, partial(_ranked_documents, pipeline, text, mode, depth, passages))
        if found is None:
            failed[query] = str(error)
        else:
            rankings[query], times[query] = found
        done()
    if not rankings:
        raise UsageError("eval_all_failed", file=dataset.corpus, reason=next(iter(failed.values())))
    per_query = ranking_metrics(
        rankings, {query: dataset.qrels[query] for query in rankings}, CATALOGUE.rankings
    )
    return RetrievalResult(
        dataset=dataset.name,
        split=dataset.split,
        mode=mode,
        queries=len(queries),
        queries_without_relevant=len(dataset.qrels) - len(queries),
        qrels_conflicts=dataset.conflicts,
        documents=documents,
        documents_failed=len(dataset.doc_ids) - documents,
        passages=passages,
        means={
            name: sum(found[name] for found in per_query.values()) / len(per_query)
            for name in CATALOGUE.names("retrieval")
        },
        per_query=per_query,
        query_ms={
            "p50": _rounded(percentile(list(times.values()), 0.5)),
            "p95": _rounded(percentile(list(times.values()), 0.95)),
        },
        ingest_passages_per_s=_rounded(speed),
        embedder=opened.stages.trace.embedder,
        index=opened.index.version,
        rankings=rankings,
        latencies_ms=times,
        failed=failed,
    )


def remembered_speed(folder: Path, passages: int, seconds: float) -> float | None:
    """Return the speed of the ingest in passages a second; where nothing was written this time, the one of
    the run that wrote it.
    """
    file = folder / _SPEED_FILE
    if passages and seconds:
        file.write_text(json.dumps({"passages": passages, "seconds": seconds}), encoding="utf-8")
        return passages / seconds
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return float(known["passages"]) / float(known["seconds"])
    except (OSError, ValueError, KeyError):
        return None


def _ranked_documents(
    pipeline: Pipeline, text: str, mode: Mode, depth: int, passages: int
) -> tuple[list[str], float]:
    """Return up to ``DEEPEST`` document ids, best first, and the milliseconds of the first search.

    Where a few long documents fill the list, it is asked for again, deeper.
    """
    begun = time.perf_counter()
    hits = pipeline.search(text, k=depth, mode=mode).hits
    milliseconds = 1000 * (time.perf_counter() - begun)
    while (
        len(found := list(dict.fromkeys(hit.passage.doc_id for hit in hits))) < DEEPEST
        and depth <= len(hits) < passages
    ):
        depth *= 3
        hits = pipeline.search(text, k=depth, mode=mode).hits
    return found[:DEEPEST], milliseconds


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
