"""The searching half of the size measurement, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from eval.bench.machine import memory_mb
from eval.bench.synthetic import DIMENSIONS, Probe
from rag.core.protocols import DENSE
from rag.core.types import Filters, Query
from rag.index.edge import EdgeIndex
from rag.retrieve.rerank import SignalReranker, fitted_weights
from rag.retrieve.retriever import Mode, Retriever
from rag.settings import IndexSettings, RerankSettings, SearchSettings

_WARM = 30
_K = 10


@dataclass(frozen=True, slots=True)
class Found:
    """Milliseconds of every search by kind, the processor's milliseconds a search, the dense neighbours of
    each probe, what it took.
    """

    times_ms: dict[str, list[float]]
    cpu_ms: dict[str, float]
    nearest: list[list[str]]
    nearest_of_patient: list[list[str]]
    open_s: float
    memory_mb: dict[str, int]


class _Ready(BaseEmbedding):
    """Gives the vectors of the probes by their text: a search without the cost of the embedder."""

    _vectors: Mapping[str, list[float]] = PrivateAttr()

    def __init__(self, probes: Sequence[Probe]) -> None:
        super().__init__(model_name="ready")
        self._vectors = {probe.text: probe.vector.tolist() for probe in probes}

    def _get_query_embedding(self, query: str) -> list[float]:
        return list(self._vectors[query])

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)


def search_all(
    folder: Path, embedder: str, index: IndexSettings, search: SearchSettings, probes: Sequence[Probe]
) -> Found:
    """Open the index and search for every probe in every way; the first searches of each way are not
    counted.
    """
    begun = time.perf_counter()
    opened = EdgeIndex(folder, embedder, DIMENSIONS, index)
    open_s = time.perf_counter() - begun
    retriever = Retriever(opened, _Ready(probes), search)
    ways: dict[str, tuple[Mode, bool]] = {
        "hybrid": ("hybrid", False),
        "hybrid, one patient": ("hybrid", True),
        "dense": ("dense", False),
        "dense, one patient": ("dense", True),
        "words": ("sparse", False),
    }
    times = {name: _times(retriever, probes, mode, of_patient) for name, (mode, of_patient) in ways.items()}
    times["hybrid, second stage"] = _times(
        replace(retriever, reranker=SignalReranker(RerankSettings().depth, fitted_weights())),
        probes,
        "hybrid",
        False,
    )
    nearest = [_nearest(opened, probe, Filters()) for probe in probes]
    of_patient = [_nearest(opened, probe, probe.of_patient) for probe in probes]
    memory = memory_mb()
    opened.close()
    spent = {name: run.cpu_ms for name, run in times.items()}
    return Found(
        {name: run.times_ms for name, run in times.items()}, spent, nearest, of_patient, open_s, memory
    )


@dataclass(frozen=True, slots=True)
class _Run:
    times_ms: list[float]
    cpu_ms: float


def _times(retriever: Retriever, probes: Sequence[Probe], mode: Mode, of_patient: bool) -> _Run:
    queries = [Query(probe.text, "fr", probe.of_patient if of_patient else Filters()) for probe in probes]
    for query in queries[:_WARM]:
        retriever.search(query, _K, mode)
    times = []
    spent = time.process_time()
    for query in queries:
        begun = time.perf_counter()
        retriever.search(query, _K, mode)
        times.append(1000 * (time.perf_counter() - begun))
    return _Run(times, round(1000 * (time.process_time() - spent) / len(queries), 2))


def _nearest(index: EdgeIndex, probe: Probe, filters: Filters) -> list[str]:
    hits = index.search(tuple(probe.vector.tolist()), {}, filters, _K)[DENSE]
    return [hit.passage_id for hit in hits]
