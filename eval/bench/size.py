"""An index of any size: how fast it fills, how long its graph takes, and what a search then costs in time,
memory and misses.

The collection is synthetic (``eval.bench.synthetic``), so no embedder is needed: what is timed is all of a
search but the embedding of the question. Searches run in a process of their own that opens the index as a
user's would, so its memory is that of searching.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from eval.bench.machine import describe_machine, memory_mb
from eval.bench.search import search_all
from eval.bench.synthetic import DIMENSIONS, Block, Floats, Probe, Synthetic, quick_terms
from rag.index.edge import EdgeIndex
from rag.index.lexical import encode_passage, weigh
from rag.settings import IndexSettings, SearchSettings

EMBEDDER = "synthetic"
PROBES = 200
DEPTH = 10
_TIMED = 4096
"""Passages whose terms are made as ingest makes them."""
_BLOCKS_A_CALL = 4
"""Blocks of 256 passages that are written together."""


@dataclass(frozen=True, slots=True)
class SizeResult:
    """One size with one set of settings. Rates are passages a second, ``searches`` is by kind of search.

    ``recall_at_10`` compares the dense channel with the exact neighbours over the whole collection;
    ``recall_of_patient`` does so among the passages of one patient.
    """

    machine: dict[str, object]
    passages: int
    variant: str
    settings: dict[str, object]
    encode_per_s: float
    upsert_per_s: float
    optimize_s: float
    open_s: float
    disk_mb: int
    memory_building: dict[str, int]
    memory_searching: dict[str, int]
    recall_at_10: float
    recall_of_patient: float
    searches: dict[str, dict[str, float]]

    def to_json(self) -> dict[str, object]:
        """Return the document of ``bench size --json``."""
        return asdict(self)


def variant_of(settings: IndexSettings) -> str:
    """Name a set of settings by how vectors are held."""
    return settings.quantization + ("-disk" if settings.originals == "disk" else "")


def measure_size(
    index: IndexSettings, search: SearchSettings, passages: int, probes: int = PROBES
) -> SizeResult:
    """Fill an index in a temporary folder with so many passages, and search it."""
    collection = Synthetic(passages)
    asked = collection.probes(probes)
    with tempfile.TemporaryDirectory(prefix="traboule-bench-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "index"
        filled = _fill(folder, index, collection, asked)
        disk = sum(getattr(path.stat(), "st_blocks", 0) for path in folder.rglob("*") if path.is_file()) * 512
        building = memory_mb()
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            found = process.submit(search_all, folder, EMBEDDER, index, search, asked).result()
    return SizeResult(
        machine=describe_machine(),
        passages=passages,
        variant=variant_of(index),
        settings=index.model_dump(
            include={"exact_up_to", "oversampling", "search_width", "graph_links", "graph_effort"}
        ),
        encode_per_s=round(filled.encoded / filled.encoding_s, 1),
        upsert_per_s=round(passages / filled.writing_s, 1),
        optimize_s=round(filled.optimizing_s, 1),
        open_s=round(found.open_s, 2),
        disk_mb=round(disk / 1_000_000),
        memory_building=building,
        memory_searching=found.memory_mb,
        recall_at_10=_recall(found.nearest, filled.nearest),
        recall_of_patient=_recall(found.nearest_of_patient, filled.nearest_of_patient),
        searches={
            kind: {**_percentiles(times), "cpu": found.cpu_ms[kind]} for kind, times in found.times_ms.items()
        },
    )


@dataclass(slots=True)
class _Filled:
    nearest: list[list[str]] = field(default_factory=list)
    nearest_of_patient: list[list[str]] = field(default_factory=list)
    encoded: int = 0
    encoding_s: float = 0.0
    writing_s: float = 0.0
    optimizing_s: float = 0.0


def _fill(folder: Path, settings: IndexSettings, collection: Synthetic, probes: Sequence[Probe]) -> _Filled:
    """Write the collection as ingest does; find the true neighbours of the probes on the way, while the
    vectors are at hand.
    """
    filled, all_of_them, of_patient = _Filled(), _Nearest(probes), _Nearest(probes)
    index = EdgeIndex(folder, EMBEDDER, DIMENSIONS, settings)
    waiting: list[Block] = []
    for block in collection.blocks():
        all_of_them.look_at(block)
        of_patient.look_at(block, of_patient=True)
        waiting.append(block)
        if len(waiting) == _BLOCKS_A_CALL:
            _write(index, waiting, filled)
            waiting.clear()
    if waiting:
        _write(index, waiting, filled)
    begun = time.perf_counter()
    index.optimize()
    filled.optimizing_s += time.perf_counter() - begun
    index.close()
    filled.nearest, filled.nearest_of_patient = all_of_them.ids(), of_patient.ids()
    return filled


def _write(index: EdgeIndex, blocks: Sequence[Block], filled: _Filled) -> None:
    """Write some blocks. The terms of the first ones are made as ingest makes them, and timed; of the others
    in a shorter way.
    """
    passages = [passage for block in blocks for passage in block.passages]
    begun = time.perf_counter()
    if filled.encoded < _TIMED:
        sparse = [encode_passage(passage) for passage in passages]
        filled.encoded += len(passages)
        filled.encoding_s += time.perf_counter() - begun
    else:
        sparse = [weigh(quick_terms(passage)) for passage in passages]
    encoded = time.perf_counter()
    index.upsert(passages, [tuple(row) for block in blocks for row in block.vectors.tolist()], sparse)
    filled.writing_s += time.perf_counter() - encoded


class _Nearest:
    """The exact neighbours of each probe among the passages seen so far."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._queries = np.array([probe.vector for probe in probes], np.float32)
        self._best: list[list[tuple[float, str]]] = [[] for _ in probes]

    def look_at(self, block: Block, *, of_patient: bool = False) -> None:
        """Take the passages of a block into account; with ``of_patient`` those of each probe's patient
        alone.
        """
        cosines: Floats = self._queries @ block.vectors.T
        patients = np.array([passage.patient_id or "" for passage in block.passages])
        for at, probe in enumerate(self._probes):
            allowed = (
                np.flatnonzero(patients == probe.patient_id)
                if of_patient
                else np.argsort(-cosines[at])[:DEPTH]
            )
            if len(allowed):
                seen = [(float(cosines[at, place]), block.passages[place].passage_id) for place in allowed]
                self._best[at] = sorted(self._best[at] + seen, key=lambda pair: (-pair[0], pair[1]))[:DEPTH]

    def ids(self) -> list[list[str]]:
        """Return the ids for each probe, nearest first."""
        return [[name for _, name in best] for best in self._best]


def _recall(found: Sequence[Sequence[str]], truth: Sequence[Sequence[str]]) -> float:
    shares = [len(set(ids) & set(true)) / len(true) for ids, true in zip(found, truth, strict=True) if true]
    return round(float(np.mean(shares)), 4) if shares else 1.0


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    return {
        "p50": round(float(np.percentile(times, 50)), 2),
        "p95": round(float(np.percentile(times, 95)), 2),
    }
