"""Metrics of a ranking of documents, through ``ir-measures`` (trec_eval's definitions).

A document of grade 1 or more is relevant; nDCG uses the grades. Queries without a relevant document are left
to the caller to drop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics.metric import Metric, Words
from rag.core.errors import ConfigurationError

Rankings = Mapping[str, Sequence[str]]
"""Document ids of each query, best first."""
Qrels = Mapping[str, Mapping[str, int]]

DEEPEST = 100
"""Documents ranked for each query: the deepest cut-off of a metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingMetric(Metric):
    """A metric of the ranking of one query. ``measure`` is its function, by the name that ``ir-measures``
    gives it.
    """

    measure: str


RANKINGS: tuple[RankingMetric, ...] = (
    RankingMetric(
        name="ndcg@10",
        measure="nDCG@10",
        label=Words("nDCG@10", "nDCG@10"),
        about=Words(
            "Graded gain of the first ten documents, discounted by rank.",
            "Gain gradué des dix premiers documents, pondéré par le rang.",
        ),
        headline=1,
    ),
    RankingMetric(
        name="recall@1",
        measure="R@1",
        label=Words("Recall@1", "Rappel@1"),
        about=Words(
            "Share of the relevant documents at rank 1.",
            "Part des documents pertinents au rang 1.",
        ),
    ),
    RankingMetric(
        name="recall@5",
        measure="R@5",
        label=Words("Recall@5", "Rappel@5"),
        about=Words(
            "Share of the relevant documents among the first 5.",
            "Part des documents pertinents parmi les 5 premiers.",
        ),
    ),
    RankingMetric(
        name="recall@10",
        measure="R@10",
        label=Words("Recall@10", "Rappel@10"),
        about=Words(
            "Share of the relevant documents among the first 10.",
            "Part des documents pertinents parmi les 10 premiers.",
        ),
        headline=2,
    ),
    RankingMetric(
        name="recall@100",
        measure="R@100",
        label=Words("Recall@100", "Rappel@100"),
        about=Words(
            "Share of the relevant documents among the first 100.",
            "Part des documents pertinents parmi les 100 premiers.",
        ),
    ),
    RankingMetric(
        name="mrr@10",
        measure="RR@10",
        label=Words("MRR@10", "MRR@10"),
        about=Words(
            "One over the rank of the first relevant document, to rank 10.",
            "Inverse du rang du premier document pertinent, jusqu'au rang 10.",
        ),
        headline=3,
    ),
    RankingMetric(
        name="map",
        measure="AP@100",
        label=Words("MAP", "MAP"),
        about=Words(
            "Mean of the precision at each relevant document, over 100 ranks.",
            "Moyenne de la précision à chaque document pertinent, sur 100 rangs.",
        ),
    ),
)


def ranking_metrics(
    rankings: Rankings, qrels: Qrels, metrics: Sequence[RankingMetric] = RANKINGS
) -> dict[str, dict[str, float]]:
    """Return the metrics of every query in ``qrels``; one without a ranking has 0 in all. Raises as
    ``run_metrics`` does.
    """
    # The order is the score: trec_eval breaks ties its own way.
    run = {
        query: {document: -float(place) for place, document in enumerate(documents)}
        for query, documents in rankings.items()
    }
    return run_metrics(run, qrels, metrics)


def run_metrics(
    run: Mapping[str, Mapping[str, float]], qrels: Qrels, metrics: Sequence[RankingMetric] = RANKINGS
) -> dict[str, dict[str, float]]:
    """Return the metrics of every query in ``qrels`` from the scores of its documents.

    ``map`` is the mean over queries of average precision over the first ``DEEPEST`` documents, however many a
    run ranks.

    Raises:
        ConfigurationError: the extra ``eval`` is not installed.
    """
    try:
        import ir_measures
    except ImportError:
        raise ConfigurationError("extra_missing", extra="eval") from None

    names = {ir_measures.parse_measure(metric.measure): metric.name for metric in metrics}
    judged = [
        ir_measures.Qrel(query, document, grade)
        for query, grades in qrels.items()
        for document, grade in grades.items()
    ]
    ranked = [
        ir_measures.ScoredDoc(query, document, score)
        for query, scores in run.items()
        for document, score in scores.items()
    ]
    found: dict[str, dict[str, float]] = {query: dict.fromkeys(names.values(), 0.0) for query in qrels}
    for value in ir_measures.iter_calc(list(names), judged, ranked):
        if value.query_id in found:
            found[value.query_id][names[value.measure]] = float(value.value)
    return found
