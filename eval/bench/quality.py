"""What the search finds, beside what others find over the same passages and vectors, with the chance that a
difference is noise.

Systems: ``dense`` (the embedder alone), ``sparse`` (words alone, the question translated), ``rrf``
(reciprocal rank fusion of the dense and the untranslated word ranking), ``hybrid`` (the first stage),
``reranked`` (the default of the product), ``bm25s`` and ``llamaindex``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from eval.answers.interview import WARM_UP, attempted
from eval.bench.baselines import DEPTH, Ranker, bm25s_ranker, llamaindex_ranker
from eval.datasets.beir import BeirDataset
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.ranking import DEEPEST, ranking_metrics
from eval.statistics.inference import holm, permutation_p
from eval.statistics.scores import percentile
from rag.core.errors import UsageError
from rag.core.types import Filters, Passage
from rag.index.lexical import encode_query
from rag.retrieve.query import query_of

if TYPE_CHECKING:
    from rag.home import OpenHome
    from rag.retrieve.retriever import Mode, Retriever

OURS = ("dense", "sparse", "hybrid", "reranked")
BASELINES = ("bm25s", "rrf", "llamaindex")
COMPARED = "reranked"
_RRF = 60


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one collection. ``p_value``: of the product's default against it (nDCG@10, paired, Holm
    over the systems).
    """

    name: str
    means: Mapping[str, float]
    query_ms: Mapping[str, float]
    p_value: float | None


@dataclass(frozen=True, slots=True)
class QualityResult:
    """All systems on one collection; ``query_ms`` of ours is for ten hits, embedding of the question
    included.

    ``queries`` were ranked by every system; the ``failed`` ones, which one of them could not be asked, are in
    no mean.
    """

    dataset: str
    queries: int
    documents: int
    passages: int
    embedder: str
    systems: tuple[SystemResult, ...]
    failed: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the result as it is kept."""
        return asdict(self)


def measure_quality(
    opened: OpenHome,
    dataset: BeirDataset,
    *,
    baselines: Sequence[str] = BASELINES,
    limit: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> QualityResult:
    """Rank every answerable query (the first ``limit`` where given) by every system.

    Args:
        opened: a home that holds the corpus of the dataset and nothing else.
        dataset: the queries and judgements.
        baselines: which of ``BASELINES``.
        limit: how many queries.
        done: called after each query of each system.

    Raises:
        ConfigurationError: a library of the extra ``bench`` is not installed.
        UsageError: no query could be searched for by all systems.
    """
    queries = dict(list(dataset.answerable().items())[:limit])
    passages = _passages(opened)
    qrels = {name: dataset.qrels[name] for name in queries}
    ranked: dict[str, tuple[dict[str, list[str]], list[float]]] = {}
    for name, rank in _systems(opened, passages, baselines).items():
        rankings, times = {}, []
        rank(WARM_UP)
        for query, text in queries.items():
            begun = time.perf_counter()
            documents, _ = attempted(query, partial(rank, text))
            if documents is not None:
                times.append(1000 * (time.perf_counter() - begun))
                rankings[query] = list(dict.fromkeys(documents))[:DEEPEST]
            done()
        ranked[name] = rankings, times
    by_all = [query for query in queries if all(query in rankings for rankings, _ in ranked.values())]
    if not by_all:
        raise UsageError("eval_no_judged_query", folder=dataset.corpus.parent, split=dataset.split)
    found = {
        name: (
            ranking_metrics(
                {query: rankings[query] for query in by_all}, {query: qrels[query] for query in by_all}
            ),
            {"p50": _ms(times, 0.5), "p95": _ms(times, 0.95)},
        )
        for name, (rankings, times) in ranked.items()
    }
    return QualityResult(
        dataset=dataset.name,
        queries=len(by_all),
        failed=len(queries) - len(by_all),
        documents=len(dataset.doc_ids),
        passages=len(passages),
        embedder=opened.stages.trace.embedder,
        systems=_compared(found),
    )


def _compared(
    found: Mapping[str, tuple[Mapping[str, Mapping[str, float]], Mapping[str, float]]],
) -> tuple[SystemResult, ...]:
    ours = [scores["ndcg@10"] for scores in found[COMPARED][0].values()]
    raw = {
        name: permutation_p([scores["ndcg@10"] for scores in per_query.values()], ours)
        for name, (per_query, _) in found.items()
        if name != COMPARED
    }
    adjusted = holm({name: p for name, p in raw.items() if p is not None})
    return tuple(
        SystemResult(
            name,
            {metric: _mean(per_query, metric) for metric in CATALOGUE.names("retrieval")},
            times,
            adjusted.get(name),
        )
        for name, (per_query, times) in found.items()
    )


def _systems(opened: OpenHome, passages: Sequence[Passage], baselines: Sequence[str]) -> dict[str, Ranker]:
    full = opened.stages.retriever
    first = replace(full, reranker=None)
    systems: dict[str, Ranker] = {
        "dense": _ranker(first, "dense"),
        "sparse": _ranker(first, "sparse"),
        "hybrid": _ranker(first, "hybrid"),
        "reranked": _ranker(full, "hybrid"),
    }
    if "rrf" in baselines:
        systems["rrf"] = _rrf_ranker(full)
    if "bm25s" in baselines:
        systems["bm25s"] = bm25s_ranker(passages)
    if "llamaindex" in baselines:
        vectors = full.index.vectors([passage.passage_id for passage in passages])
        systems["llamaindex"] = llamaindex_ranker(passages, vectors, full.embedder)
    return systems


def _ranker(retriever: Retriever, mode: Mode) -> Ranker:
    def rank(text: str) -> list[str]:
        return [hit.passage.doc_id for hit in retriever.search(query_of(text), DEPTH, mode).hits]

    return rank


def _rrf_ranker(retriever: Retriever) -> Ranker:
    def rank(text: str) -> list[str]:
        dense = tuple(retriever.embedder.get_query_embedding(text))
        rankings = retriever.index.search(dense, encode_query(text), Filters(), DEPTH)
        scores: dict[str, float] = {}
        for hits in rankings.values():
            for place, hit in enumerate(hits, start=1):
                scores[hit.passage_id] = scores.get(hit.passage_id, 0.0) + 1 / (_RRF + place)
        ranked = retriever.index.get(sorted(scores, key=lambda name: (-scores[name], name)))
        return [passage.doc_id for passage in ranked]

    return rank


def _passages(opened: OpenHome) -> list[Passage]:
    index = opened.index
    ids = chain.from_iterable(sorted(index.passage_ids(summary.doc_id)) for summary in opened.store.list())
    return list(index.get(list(ids)))


def _mean(per_query: Mapping[str, Mapping[str, float]], metric: str) -> float:
    return round(sum(scores[metric] for scores in per_query.values()) / len(per_query), 4)


def _ms(times: Sequence[float], share: float) -> float:
    return round(percentile(times, share) or 0.0, 1)
