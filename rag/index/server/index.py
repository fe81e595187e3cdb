"""The index on a Qdrant server or cluster, for several processes at once. Uses nothing newer than server
1.15.

Every point says what it was built as, so a collection of another embedder or layout is recognised. Known
weakness: the server counts document frequencies per shard, and counts deleted passages until it has cleaned
up, so lexical scores shift slightly between shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rag.core.errors import ConfigurationError
from rag.core.protocols import DENSE
from rag.core.types import Filters, IndexHit, Passage, SparseVector, Vector
from rag.index.filters import Among, Condition, conditions
from rag.index.lexical import CHANNELS, channel_of
from rag.index.limits import exact_kb
from rag.index.payload import (
    KEYWORD_FIELDS,
    LAYOUT,
    NUMBER_FIELDS,
    from_payload,
    passage_id_of,
    point_id,
    to_payload,
)
from rag.index.ranking import first_limit, is_cut_in_tie, ranked
from rag.index.server.wire import translated, wire_condition, wire_filter, wire_sparse
from rag.settings import IndexSettings

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

_BATCH = 256
_BUILT_AS = "built_as"
_OLDEST = (1, 15)


def open_server_index(settings: IndexSettings, embedder: str, dimensions: int) -> ServerIndex:
    """Connect to the server of the settings.

    Raises:
        ConfigurationError: no address is set, the client is not installed, the server is too old, or the
        collection is of another embedder. Unavailable: the server does not answer, or refuses.
    """
    if not settings.url:
        raise ConfigurationError("index_no_url")
    try:
        from qdrant_client import QdrantClient
    except ImportError:
        raise ConfigurationError("index_client_missing") from None
    key = settings.api_key.get_secret_value() if settings.api_key else None
    # The client's own check warns on the console and goes on; ours is an error with the mend.
    client = QdrantClient(
        url=settings.url, api_key=key, timeout=round(settings.timeout_s), check_compatibility=False
    )
    try:
        with translated(settings.url):
            version = client.info().version
        if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
            raise ConfigurationError("index_server_old", url=settings.url, found=version)
        return ServerIndex(client, settings, embedder, dimensions, settings.url)
    except BaseException:
        client.close()
        raise


class ServerIndex:
    """A ``PassageIndex`` over a client, which it closes."""

    def __init__(
        self,
        client: QdrantClient,
        settings: IndexSettings,
        embedder: str,
        dimensions: int,
        url: str = "local",
    ) -> None:
        """Use the collection of the settings, made as they say when it is missing. ``url`` names the server
        in errors.
        """
        self.version = f"qdrant/{LAYOUT}/{embedder}"
        self._client = client
        self._settings = settings
        self._collection = settings.collection
        self._dimensions = dimensions
        self._url = url
        with translated(url):
            if not client.collection_exists(settings.collection):
                self._create()
            self._check()

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        """Write passages, replacing those with the same id. Nothing is written when one of them does not
        fit.
        """
        from qdrant_client import models

        points = [
            models.PointStruct(
                id=point_id(passage.passage_id),
                vector=self._vectors(passage, vector, terms),
                payload=self._payload(passage),
            )
            for passage, vector, terms in zip(passages, dense, sparse, strict=True)
        ]
        for start in range(0, len(points), _BATCH):
            with translated(self._url):
                self._client.upsert(self._collection, points[start : start + _BATCH], wait=True)

    def search(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector], filters: Filters, depth: int
    ) -> Mapping[str, tuple[IndexHit, ...]]:
        """Rank passages in every channel asked for; all channels go to the server as one batch."""
        queries = self._queries(dense, sparse)
        rankings: dict[str, tuple[IndexHit, ...]] = dict.fromkeys(
            ([DENSE] if dense is not None else []) + [*sparse], ()
        )
        wanted = conditions(filters)
        if wanted is None:
            return rankings
        limit = first_limit(depth)
        while queries:
            found = self._query(queries, wanted, limit)
            rankings |= {channel: ranked(hits, depth) for channel, hits in found.items()}
            queries = {
                channel: queries[channel]
                for channel, hits in found.items()
                if is_cut_in_tie(hits, depth, limit)
            }
            limit *= 4
        return rankings

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages that exist, in the order asked for."""
        found: dict[str, Passage] = {}
        for batch in _batches(passage_ids):
            with translated(self._url):
                records = self._client.retrieve(
                    self._collection, [point_id(passage_id) for passage_id in batch], with_payload=True
                )
            found |= {
                passage.passage_id: passage
                for passage in (from_payload(record.payload) for record in records)
            }
        return tuple(found[passage_id] for passage_id in passage_ids if passage_id in found)

    def vectors(self, passage_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the dense vectors of the passages that exist, of length 1."""
        found: dict[str, Vector] = {}
        for batch in _batches(map(point_id, passage_ids)):
            with translated(self._url):
                records = self._client.retrieve(
                    self._collection, batch, with_payload=False, with_vectors=[DENSE]
                )
            found |= {passage_id_of(record.id): _named(record.vector) for record in records}
        return found

    def cosines(self, dense: Vector, passage_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the passages that exist."""
        from qdrant_client import models

        found: dict[str, float] = {}
        params = models.SearchParams(exact=True, quantization=models.QuantizationSearchParams(ignore=True))
        for batch in _batches(map(point_id, passage_ids)):
            wanted = models.Filter(must=[models.HasIdCondition(has_id=list(batch))])
            with translated(self._url):
                answer = self._client.query_points(
                    self._collection,
                    self._checked(dense),
                    using=DENSE,
                    query_filter=wanted,
                    limit=len(batch),
                    search_params=params,
                )
            found |= {passage_id_of(point.id): point.score for point in answer.points}
        return found

    def of_channel(self, channel: str, passage_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the passages that are in a sparse channel."""
        from qdrant_client import models

        found: set[str] = set()
        for batch in _batches(map(point_id, passage_ids)):
            wanted = models.Filter(
                must=[
                    models.HasIdCondition(has_id=list(batch)),
                    models.HasVectorCondition(has_vector=channel),
                ]
            )
            with translated(self._url):
                records, _ = self._client.scroll(
                    self._collection, scroll_filter=wanted, limit=len(batch), with_payload=False
                )
            found |= {passage_id_of(record.id) for record in records}
        return frozenset(found)

    def passage_ids(self, doc_id: str) -> frozenset[str]:
        """Return the ids of every stored passage of a document."""
        found: set[str] = set()
        offset: models.ExtendedPointId | None = None
        wanted = wire_filter((Among("doc_id", (doc_id,)),))
        while True:
            with translated(self._url):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=wanted,
                    limit=_BATCH,
                    offset=offset,
                    with_payload=["passage_id"],
                )
            found |= {str((record.payload or {})["passage_id"]) for record in records}
            if offset is None:
                return frozenset(found)

    def count(self, filters: Filters = Filters()) -> int:
        """Count the passages that pass the filters."""
        wanted = conditions(filters)
        if wanted is None:
            return 0
        with translated(self._url):
            return self._client.count(self._collection, count_filter=wire_filter(wanted), exact=True).count

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; ids that do not exist are ignored."""
        from qdrant_client import models

        for batch in _batches(point_id(passage_id) for passage_id in passage_ids):
            with translated(self._url):
                self._client.delete(self._collection, models.PointIdsList(points=list(batch)), wait=True)

    def optimize(self) -> None:
        """Do nothing: a server optimizes by itself, and cleans deleted passages from its files when it
        does.
        """

    def close(self) -> None:
        """Close the connection. Closing twice is harmless."""
        self._client.close()

    def _create(self) -> None:
        from qdrant_client import models
        from qdrant_client.http.exceptions import UnexpectedResponse

        channels = {channel: models.SparseVectorParams(modifier=models.Modifier.IDF) for channel in CHANNELS}
        try:
            self._client.create_collection(
                self._collection,
                vectors_config={DENSE: self._dense()},
                sparse_vectors_config=channels,
                shard_number=self._settings.shards,
                replication_factor=self._settings.replicas,
                write_consistency_factor=self._settings.replicas // 2 + 1,
                optimizers_config=models.OptimizersConfigDiff(
                    indexing_threshold=exact_kb(self._settings, self._dimensions)
                ),
            )
        except UnexpectedResponse as error:
            if error.status_code != 409:  # another process made it in the meantime
                raise
        for field in (*KEYWORD_FIELDS, _BUILT_AS):
            self._client.create_payload_index(self._collection, field, models.PayloadSchemaType.KEYWORD)
        for field in NUMBER_FIELDS:
            self._client.create_payload_index(self._collection, field, models.PayloadSchemaType.FLOAT)

    def _dense(self) -> models.VectorParams:
        from qdrant_client import models

        whole = models.ScalarQuantization(
            scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
        )
        return models.VectorParams(
            size=self._dimensions,
            distance=models.Distance.COSINE,
            on_disk=self._settings.originals == "disk",
            hnsw_config=models.HnswConfigDiff(
                m=self._settings.graph_links, ef_construct=self._settings.graph_effort
            ),
            quantization_config=whole if self._settings.quantization == "int8" else None,
        )

    def _check(self) -> None:
        from qdrant_client import models

        vectors = self._client.get_collection(self._collection).config.params.vectors
        size = vectors[DENSE].size if isinstance(vectors, dict) and DENSE in vectors else 0
        other = models.Filter(must_not=[wire_condition(Among(_BUILT_AS, (self.version,)))])
        strangers, _ = self._client.scroll(
            self._collection, scroll_filter=other, limit=1, with_payload=[_BUILT_AS]
        )
        if strangers:
            found = (strangers[0].payload or {}).get(_BUILT_AS, "?")
            raise ConfigurationError(
                "index_embedder_mismatch",
                path=f"{self._url} {self._collection}",
                found=found,
                wanted=self.version,
            )
        if size != self._dimensions:
            raise ConfigurationError("index_dimensions_mismatch", found=self._dimensions, wanted=size)

    def _payload(self, passage: Passage) -> dict[str, object]:
        return {**to_payload(passage), _BUILT_AS: self.version}

    def _vectors(self, passage: Passage, dense: Vector, terms: SparseVector) -> dict[str, models.Vector]:
        vectors: dict[str, models.Vector] = {DENSE: self._checked(dense)}
        if terms.indices:
            vectors[channel_of(passage.language)] = wire_sparse(terms)
        return vectors

    def _queries(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector]
    ) -> dict[str, list[float] | models.SparseVector]:
        queries: dict[str, list[float] | models.SparseVector] = {}
        if dense is not None:
            queries[DENSE] = self._checked(dense)
        return queries | {
            channel: wire_sparse(terms)
            for channel, terms in sparse.items()
            if channel in CHANNELS and terms.indices
        }

    def _checked(self, dense: Vector) -> list[float]:
        if len(dense) != self._dimensions:
            raise ConfigurationError("index_dimensions_mismatch", found=len(dense), wanted=self._dimensions)
        return list(dense)

    def _query(
        self,
        queries: Mapping[str, list[float] | models.SparseVector],
        wanted: tuple[Condition, ...],
        limit: int,
    ) -> dict[str, list[IndexHit]]:
        from qdrant_client import models

        again = models.QuantizationSearchParams(rescore=True, oversampling=self._settings.oversampling)
        params = models.SearchParams(hnsw_ef=max(self._settings.search_width, limit), quantization=again)
        requests = [
            models.QueryRequest(
                query=query,
                using=channel,
                filter=wire_filter(wanted),
                limit=limit,
                with_payload=False,
                params=params,
            )
            for channel, query in queries.items()
        ]
        with translated(self._url):
            answers = self._client.query_batch_points(self._collection, requests)
        return {
            channel: [IndexHit(passage_id_of(point.id), point.score) for point in answer.points]
            for channel, answer in zip(queries, answers, strict=True)
        }


def _named(vectors: object) -> Vector:
    assert isinstance(vectors, dict)
    return tuple(vectors[DENSE])


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while batch := list(islice(rest, _BATCH)):
        yield batch
