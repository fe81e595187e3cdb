"""Qdrant Edge's own objects, made from ours: an empty shard, points, queries and filters. Nothing here keeps
state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import ConfigurationError
from rag.core.protocols import DENSE
from rag.core.types import IndexHit, Passage, SparseVector, Vector
from rag.index.filters import Among, AtLeast, AtMost, Condition, Either, NoneOf
from rag.index.lexical import CHANNELS, channel_of
from rag.index.limits import exact_kb
from rag.index.payload import KEYWORD_FIELDS, NUMBER_FIELDS, passage_id_of, point_id, to_payload
from rag.settings import IndexSettings

if TYPE_CHECKING:
    import qdrant_edge

PAGE = 256
"""Points read or written in one call."""
_FULL_SCAN_KB = 10_000
"""Size of the vectors that pass a filter up to which each is compared: 6,500 passages, more than any one
patient has.
"""


def create_shard(path: Path, dimensions: int, settings: IndexSettings) -> qdrant_edge.EdgeShard:
    """Make an empty shard with its payload indexes in an empty folder."""
    import qdrant_edge as engine

    shard = engine.EdgeShard.create(str(path), _config(dimensions, settings))
    kinds = engine.PayloadSchemaType
    fields = dict.fromkeys(KEYWORD_FIELDS, kinds.Keyword) | dict.fromkeys(NUMBER_FIELDS, kinds.Float)
    for field, kind in fields.items():
        shard.update(engine.UpdateOperation.create_field_index(field, kind))
    shard.flush()
    return shard


def load_shard(path: Path, dimensions: int, settings: IndexSettings) -> qdrant_edge.EdgeShard:
    """Open a shard. Where the settings differ from those it was built with, the next optimizing builds it
    anew.
    """
    import qdrant_edge as engine

    return engine.EdgeShard.load(str(path), _config(dimensions, settings))


def _config(dimensions: int, settings: IndexSettings) -> qdrant_edge.EdgeConfig:
    import qdrant_edge as engine

    memory = engine.Memory
    whole = settings.quantization == "none"
    dense = engine.EdgeVectorParams(
        size=dimensions,
        distance=engine.Distance.Cosine,
        quantization_config=(
            None if whole else engine.ScalarQuantizationConfig(engine.ScalarType.Int8, memory=memory.Pinned)
        ),
        hnsw_config=engine.HnswIndexConfig(settings.graph_links, settings.graph_effort, _FULL_SCAN_KB),
        memory=memory.Cold if settings.originals == "disk" else memory.Cached,
    )
    return engine.EdgeConfig(
        vectors={DENSE: dense},
        sparse_vectors={
            channel: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf) for channel in CHANNELS
        },
        optimizers=engine.EdgeOptimizersConfig(indexing_threshold=exact_kb(settings, dimensions)),
    )


def point(passage: Passage, dense: Vector, terms: SparseVector, dimensions: int) -> qdrant_edge.Point:
    """Return the point of a passage, or raise ``ConfigurationError`` for a vector of another length."""
    import qdrant_edge as engine

    vectors: dict[str, qdrant_edge.NamedVector] = {DENSE: _checked(dense, dimensions)}
    if terms.indices:
        vectors[channel_of(passage.language)] = _sparse(terms)
    return engine.Point(point_id(passage.passage_id), vectors, to_payload(passage))


def queries(
    dense: Vector | None, sparse: Mapping[str, SparseVector], dimensions: int
) -> dict[str, qdrant_edge.Query]:
    """Return a query for each channel that can find something."""
    import qdrant_edge as engine

    found = {} if dense is None else {DENSE: engine.Query.Nearest(_checked(dense, dimensions), using=DENSE)}
    for channel, terms in sparse.items():
        if channel in CHANNELS and terms.indices:
            found[channel] = engine.Query.Nearest(_sparse(terms), using=channel)
    return found


def run(
    shard: qdrant_edge.EdgeShard,
    wanted: Mapping[str, qdrant_edge.Query],
    conditions: tuple[Condition, ...],
    limit: int,
    settings: IndexSettings,
) -> dict[str, list[IndexHit]]:
    """Run the queries of all channels as one batch; hits are in the engine's order, best first."""
    import qdrant_edge as engine

    again = engine.QuantizationSearchParams(rescore=True, oversampling=settings.oversampling)
    params = engine.SearchParams(hnsw_ef=max(settings.search_width, limit), quantization=again)
    passing = filter_of(conditions)
    requests = [
        engine.QueryRequest(limit=limit, query=query, filter=passing, with_payload=False, params=params)
        for query in wanted.values()
    ]
    answers = shard.query_batch(engine.QueryBatchRequest(requests))
    return {
        channel: [IndexHit(passage_id_of(found.id), found.score) for found in points]
        for channel, points in zip(wanted, answers, strict=True)
    }


def scores_of(
    shard: qdrant_edge.EdgeShard, dense: Vector, points: list[str], dimensions: int
) -> dict[str, float]:
    """Return the cosine of a vector with each of the points that exist, by the id of the passage."""
    import qdrant_edge as engine

    request = engine.QueryRequest(
        limit=len(points),
        query=engine.Query.Nearest(_checked(dense, dimensions), using=DENSE),
        filter=engine.Filter(must=[engine.HasIdCondition(set(points))]),
        with_payload=False,
        params=engine.SearchParams(exact=True, quantization=engine.QuantizationSearchParams(ignore=True)),
    )
    return {passage_id_of(found.id): found.score for found in shard.query(request)}


def in_channel(shard: qdrant_edge.EdgeShard, channel: str, points: list[str]) -> Iterator[str]:
    """Yield the ids of the passages whose points have terms in a channel."""
    import qdrant_edge as engine

    wanted = engine.Filter(must=[engine.HasIdCondition(set(points)), engine.HasVectorCondition(channel)])
    records, _ = shard.scroll(
        engine.ScrollRequest(limit=len(points), filter=wanted, with_payload=False, with_vector=False)
    )
    yield from (passage_id_of(record.id) for record in records)


def scroll(
    shard: qdrant_edge.EdgeShard,
    conditions: tuple[Condition, ...],
    payload: bool | list[str],
    *,
    vectors: bool,
) -> Iterator[qdrant_edge.Record]:
    """Yield every point that passes, page by page."""
    import qdrant_edge as engine

    offset = None
    while True:
        request = engine.ScrollRequest(
            offset=offset, limit=PAGE, filter=filter_of(conditions), with_payload=payload, with_vector=vectors
        )
        records, offset = shard.scroll(request)
        yield from records
        if offset is None:
            return


def filter_of(conditions: tuple[Condition, ...]) -> qdrant_edge.Filter | None:
    """Return the engine's filter, None where everything passes."""
    import qdrant_edge as engine

    return engine.Filter(must=[_condition(condition) for condition in conditions]) if conditions else None


def _condition(condition: Condition) -> qdrant_edge.ConditionType:
    import qdrant_edge as engine

    match condition:
        case Among(field, values):
            return engine.FieldCondition(field, match=engine.MatchAny(list(values)))
        case NoneOf(field, values):
            return engine.Filter(must_not=[_condition(Among(field, values))])
        case AtLeast(field, limit):
            return engine.FieldCondition(field, range=engine.RangeFloat(gte=limit))
        case AtMost(field, limit):
            return engine.FieldCondition(field, range=engine.RangeFloat(lte=limit))
        case Either(alternatives):
            return engine.Filter(should=[_condition(alternative) for alternative in alternatives])


def dense_of(record: qdrant_edge.Record) -> Vector:
    """Return the dense vector that a record was read with."""
    vectors = record.vector
    assert isinstance(vectors, dict)
    return tuple(vectors[DENSE])  # type: ignore[arg-type]


def _sparse(terms: SparseVector) -> qdrant_edge.SparseVector:
    import qdrant_edge as engine

    return engine.SparseVector(list(terms.indices), list(terms.values))


def _checked(dense: Sequence[float], dimensions: int) -> list[float]:
    if len(dense) != dimensions:
        raise ConfigurationError("index_dimensions_mismatch", found=len(dense), wanted=dimensions)
    return list(dense)
