"""A retrieval run as a part of a report, and its queries as a reader browses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eval.metrics.catalogue import CATALOGUE
from eval.report.document import RunJson
from eval.report.summary import item, metrics_of, slices_of
from eval.statistics.scores import ItemScores, Unscored
from rag.clinical.language import detect_language

if TYPE_CHECKING:
    from eval.datasets.beir import BeirDataset
    from eval.retrieval.measurement import RetrievalResult

_SHOWN = 10
_SHORT, _LONG = 4, 12


def retrieval_run(name: str, dataset: BeirDataset, result: RetrievalResult) -> RunJson:
    """Return the run with everything but the texts."""
    names = CATALOGUE.names("retrieval")
    scores: dict[str, ItemScores] = {
        **result.per_query,
        **dict.fromkeys(result.failed, dict.fromkeys(names, Unscored("failed"))),
    }
    items = [item(query, found, _slices(dataset, query)) for query, found in scores.items()]
    return RunJson(
        name=name,
        measure="retrieval",
        data={
            "corpus": dataset.checksum,
            "judgements": dataset.judgements_checksum(),
            "split": dataset.split,
        },
        system={"embedder": result.embedder, "index": result.index, "mode": result.mode},
        n=result.queries,
        failed=dict(result.failed),
        metrics=metrics_of(names, items),
        slices=slices_of(names, items),
        items=items,
        figures={
            "documents": float(result.documents),
            "documents_failed": float(result.documents_failed),
            "passages": float(result.passages),
            "queries_without_relevant": float(result.queries_without_relevant),
            "qrels_conflicts": float(result.qrels_conflicts),
            "ingest_passages_per_s": result.ingest_passages_per_s,
            "latency_p50_ms": result.query_ms["p50"],
            "latency_p95_ms": result.query_ms["p95"],
        },
        latencies_ms=[round(time, 2) for time in result.latencies_ms.values()],
    )


def browsed_queries(dataset: BeirDataset, result: RetrievalResult) -> Iterator[dict[str, object]]:
    """Yield every query with its first documents and the relevant ones that were missed, for the item
    browser.
    """
    for query, ranking in [*result.rankings.items(), *((query, ()) for query in result.failed)]:
        grades = dataset.qrels[query]
        relevant = [
            document
            for document, grade in sorted(grades.items(), key=lambda pair: (-pair[1], pair[0]))
            if grade > 0
        ]
        places = {document: place for place, document in enumerate(ranking, start=1)}
        yield {
            "id": query,
            "kind": "query",
            "question": dataset.queries[query],
            "error": result.failed.get(query),
            "language": detect_language(dataset.queries[query]),
            "ranking": [{"doc": document, "grade": grades.get(document)} for document in ranking[:_SHOWN]],
            "relevant": [
                {"doc": document, "grade": grades[document], "rank": places.get(document)}
                for document in relevant[: 2 * _SHOWN]
            ],
            "relevant_total": len(relevant),
        }


def _slices(dataset: BeirDataset, query: str) -> dict[str, str]:
    text = dataset.queries[query]
    words = len(text.split())
    relevant = sum(grade > 0 for grade in dataset.qrels[query].values())
    return {
        "language": detect_language(text),
        "query_length": "short" if words <= _SHORT else "long" if words > _LONG else "medium",
        "relevant_documents": "one" if relevant == 1 else "several" if relevant <= _SHOWN else "many",
    }
