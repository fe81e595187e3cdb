"""Metrics of a ranking of documents, through ``ir-measures`` (trec_eval's definitions).

A document of grade 1 or more is relevant; nDCG uses the grades. Queries without a relevant document are left to the caller to drop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.core.errors import ConfigurationError

Rankings = Mapping[str, Sequence[str]]
"""Document ids of each query, best first."""
Qrels = Mapping[str, Mapping[str, int]]

DEEPEST = 100
"""Documents ranked for each query: the deepest cut-off of a metric."""
METRICS = ("ndcg@10", "recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "map")


def ranking_metrics(rankings: Rankings, qrels: Qrels) -> dict[str, dict[str, float]]:
    """Return the metrics of every query in ``qrels``; one without a ranking has 0 in all. Raises as ``run_metrics`` does."""
    # The order is the score: trec_eval breaks ties its own way.
    run = {query: {document: -float(place) for place, document in enumerate(documents)} for query, documents in rankings.items()}
    return run_metrics(run, qrels)


def run_metrics(run: Mapping[str, Mapping[str, float]], qrels: Qrels) -> dict[str, dict[str, float]]:
    """Return the metrics of every query in ``qrels`` from the scores of its documents.

    ``map`` is the mean over queries of average precision over the first ``DEEPEST`` documents, however many a run ranks.

    Raises:
        ConfigurationError: the extra ``eval`` is not installed.
    """
    try:
        import ir_measures
        from ir_measures import AP, RR, R, nDCG
    except ImportError:
        raise ConfigurationError("extra_missing", extra="eval") from None

    measures = dict(zip(METRICS, (nDCG @ 10, R @ 1, R @ 5, R @ 10, R @ 100, RR @ 10, AP @ DEEPEST), strict=True))
    names = {measure: name for name, measure in measures.items()}
    judged = [ir_measures.Qrel(query, document, grade) for query, grades in qrels.items() for document, grade in grades.items()]
    ranked = [ir_measures.ScoredDoc(query, document, score) for query, scores in run.items() for document, score in scores.items()]
    found: dict[str, dict[str, float]] = {query: dict.fromkeys(METRICS, 0.0) for query in qrels}
    for value in ir_measures.iter_calc(list(names), judged, ranked):
        if value.query_id in found:
            found[value.query_id][names[value.measure]] = float(value.value)
    return found
