"""The index in process: Qdrant Edge, in a folder of the home. The default.

One process owns the folder. What a write call was given is on the disk when it returns; deleted passages are
found no more at once, and their bytes leave the files with the next ``optimize``, which also counts term
frequencies afresh.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import ConfigurationError, StorageError, TrabouleError
from rag.core.protocols import DENSE
from rag.core.types import Filters, IndexHit, Passage, SparseVector, Vector
from rag.index.edge_engine import (
    PAGE,
    create_shard,
    dense_of,
    filter_of,
    in_channel,
    load_shard,
    point,
    queries,
    run,
    scores_of,
    scroll,
)
from rag.index.filters import Among, conditions
from rag.index.folder import About, IndexFolder
from rag.index.gate import Gate
from rag.index.payload import LAYOUT, from_payload, passage_id_of, point_id
from rag.index.ranking import first_limit, is_cut_in_tie, ranked
from rag.settings import IndexSettings

if TYPE_CHECKING:
    import qdrant_edge

_BYTES_PER_PASSAGE = 4000
"""What a passage takes beside its vector and text: terms, offsets, the journal."""
_OPTIMIZE_EVERY = 10_000
"""Passages written at least between two looks at whether a graph is due, so that a long ingest neither slows
down nor fills the memory.
"""
_GROWTH = 0.5
"""The same as a share of what is there: a graph that grows is moved whole, so each passage is moved a few
times only, however many come.
"""


class EdgeIndex:
    """A ``PassageIndex`` on disk for this process alone."""

    def __init__(
        self, folder: Path, embedder: str, dimensions: int, settings: IndexSettings | None = None
    ) -> None:
        """Open the index of a folder, or make an empty one.

        Settings of the graph and of memory may differ from those of the last time: the index follows when it
        is next optimized.

        Raises:
            ConfigurationError: it was built with another embedder or layout.
            Unavailable: another process has it open.
            StorageError: it is damaged or cannot be written.
        """
        self.version = f"qdrant-edge/{LAYOUT}/{embedder}"
        self._dimensions = dimensions
        self._settings = settings or IndexSettings()
        self._since_optimizing = 0
        self._writing = threading.RLock()
        self._folder = IndexFolder(folder)
        try:
            self._about = self._opened_about()
            self._gate = Gate(self._load(self._about.shard))
            self._check_count()
        except BaseException:
            self._folder.release()
            raise

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        """Write passages, replacing those with the same id. Nothing is written when one of them does not
        fit.
        """
        import qdrant_edge as engine

        points = [
            point(passage, vector, terms, self._dimensions)
            for passage, vector, terms in zip(passages, dense, sparse, strict=True)
        ]
        bytes_each = 4 * self._dimensions + _BYTES_PER_PASSAGE
        with self._writing, self._shard("index_write_failed") as shard:
            for start in range(0, len(points), PAGE):
                batch = points[start : start + PAGE]
                texts = sum(len(passage.text) for passage in passages[start : start + PAGE])
                self._folder.require_room(4 * (len(batch) * bytes_each + texts))
                self._mark_in_use()
                shard.update(engine.UpdateOperation.upsert_points(batch))
            shard.flush()
            self._since_optimizing += len(points)
            if self._since_optimizing >= max(
                _OPTIMIZE_EVERY, _GROWTH * (shard.info().points_count - self._since_optimizing)
            ):
                self._build(shard)

    def search(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector], filters: Filters, depth: int
    ) -> Mapping[str, tuple[IndexHit, ...]]:
        """Rank passages in every channel asked for; all channels go to the engine as one batch."""
        wanted = queries(dense, sparse, self._dimensions)
        rankings: dict[str, tuple[IndexHit, ...]] = dict.fromkeys(
            ([DENSE] if dense is not None else []) + [*sparse], ()
        )
        passing = conditions(filters)
        if passing is None:
            return rankings
        limit = first_limit(depth)
        with self._shard() as shard:
            while wanted:
                found = run(shard, wanted, passing, limit, self._settings)
                rankings |= {channel: ranked(hits, depth) for channel, hits in found.items()}
                wanted = {
                    channel: wanted[channel]
                    for channel, hits in found.items()
                    if is_cut_in_tie(hits, depth, limit)
                }
                limit *= 4
        return rankings

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages that exist, in the order asked for."""
        with self._shard() as shard:
            records = shard.retrieve(
                [point_id(passage_id) for passage_id in passage_ids], with_payload=True, with_vector=False
            )
        found = {
            passage.passage_id: passage for passage in (from_payload(record.payload) for record in records)
        }
        return tuple(found[passage_id] for passage_id in passage_ids if passage_id in found)

    def vectors(self, passage_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the dense vectors of the passages that exist, of length 1."""
        with self._shard() as shard:
            records = shard.retrieve(
                [point_id(passage_id) for passage_id in passage_ids], with_payload=False, with_vector=[DENSE]
            )
        return {passage_id_of(record.id): dense_of(record) for record in records}

    def cosines(self, dense: Vector, passage_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the passages that exist."""
        if not passage_ids:
            return {}
        with self._shard() as shard:
            return scores_of(
                shard, dense, [point_id(passage_id) for passage_id in passage_ids], self._dimensions
            )

    def of_channel(self, channel: str, passage_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the passages that are in a sparse channel."""
        if not passage_ids:
            return frozenset()
        with self._shard() as shard:
            return frozenset(in_channel(shard, channel, [point_id(passage_id) for passage_id in passage_ids]))

    def passage_ids(self, doc_id: str) -> frozenset[str]:
        """Return the ids of every stored passage of a document."""
        with self._shard() as shard:
            records = scroll(shard, (Among("doc_id", (doc_id,)),), ["passage_id"], vectors=False)
            return frozenset(str((record.payload or {})["passage_id"]) for record in records)

    def count(self, filters: Filters = Filters()) -> int:
        """Count the passages that pass the filters."""
        import qdrant_edge as engine

        wanted = conditions(filters)
        if wanted is None:
            return 0
        with self._shard() as shard:
            return shard.count(engine.CountRequest(exact=True, filter=filter_of(wanted)))

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; ids that do not exist are ignored."""
        import qdrant_edge as engine

        points = iter([point_id(passage_id) for passage_id in passage_ids])
        with self._writing, self._shard("index_write_failed") as shard:
            while batch := list(islice(points, PAGE)):
                if not shard.retrieve(list(batch), with_payload=False, with_vector=False):
                    continue
                self._mark_in_use(erasure_due=True)
                shard.update(engine.UpdateOperation.delete_points(list(batch)))
                shard.flush()

    def optimize(self) -> None:
        """Build search structures. After deletions the data are written afresh, so that nothing of what was
        deleted stays in the files.
        """
        with self._writing:
            self._folder.require_room(2 * self._folder.used_bytes())
            if self._about.erasure_due:
                self._rewrite()
                return
            with self._shard("index_write_failed") as shard:
                self._build(shard)

    def close(self) -> None:
        """Write what is pending and release the folder. Closing twice is harmless."""
        with self._writing, self._gate.replaced(None) as shard:
            if shard is None:
                return
            try:
                with self._translated("index_write_failed"):
                    if self._since_optimizing:
                        self._build(shard)
                    count = shard.info().points_count
                    shard.close()
                    self._folder.write_about(self._about.model_copy(update={"closed_with": count}))
            finally:
                self._folder.release()

    def _opened_about(self) -> About:
        about = self._folder.read_about()
        if about is None:
            return self._created()
        if about.built_as != self.version:
            raise ConfigurationError(
                "index_embedder_mismatch", path=self._folder.path, found=about.built_as, wanted=self.version
            )
        if about.dimensions != self._dimensions:
            raise ConfigurationError(
                "index_dimensions_mismatch", found=self._dimensions, wanted=about.dimensions
            )
        self._folder.drop_shards_but(about.shard)
        return about

    def _created(self) -> About:
        """Make the first shard. ``index.json`` is written last: data without it are of a creation that was
        cut short, or not ours.
        """
        for name in self._folder.shards():
            if (self._folder.path / name / "segments").is_dir() and self._load(name).info().points_count:
                raise self._folder.damaged("index.json is missing")
        self._folder.drop_shards_but("")
        name, shard = self._new_shard()
        shard.close()
        about = About(built_as=self.version, dimensions=self._dimensions, shard=name)
        self._folder.write_about(about)
        return about

    def _new_shard(self) -> tuple[str, qdrant_edge.EdgeShard]:
        self._folder.require_room(0)
        with self._translated("index_write_failed"):
            name = self._folder.new_shard()
            return name, create_shard(self._folder.path / name, self._dimensions, self._settings)

    def _load(self, name: str) -> qdrant_edge.EdgeShard:
        with self._translated("index_damaged"):
            return load_shard(self._folder.path / name, self._dimensions, self._settings)

    def _check_count(self) -> None:
        """Compare with the count at the last closing: some damage of the files only makes passages vanish."""
        with self._shard() as shard:
            found = shard.info().points_count
        if self._about.closed_with is not None and found != self._about.closed_with:
            raise self._folder.damaged(f"{found} passages of {self._about.closed_with}")

    def _mark_in_use(self, *, erasure_due: bool = False) -> None:
        wanted = self._about.model_copy(
            update={"closed_with": None, "erasure_due": erasure_due or self._about.erasure_due}
        )
        if wanted != self._about:
            self._folder.write_about(wanted)
            self._about = wanted

    def _build(self, shard: qdrant_edge.EdgeShard) -> None:
        """Build the graph of what has grown beyond the exact search; a matter of milliseconds where nothing
        has.
        """
        shard.optimize()
        shard.flush()
        self._since_optimizing = 0

    def _rewrite(self) -> None:
        """Copy what lives into a new shard, make it the one that counts, and remove the old one."""
        import qdrant_edge as engine

        name, fresh = self._new_shard()
        with self._shard("index_write_failed") as shard:
            records = scroll(shard, (), True, vectors=True)
            while batch := list(islice(records, PAGE)):
                points = [engine.Point(record.id, record.vector or {}, record.payload) for record in batch]
                fresh.update(engine.UpdateOperation.upsert_points(points))
                fresh.flush()
            fresh.optimize()
            fresh.flush()
        about = self._about.model_copy(update={"shard": name, "erasure_due": False, "closed_with": None})
        self._folder.write_about(about)
        self._about = about
        with self._gate.replaced(fresh) as former, self._translated("index_write_failed"):
            if former is not None:
                former.close()
            self._folder.drop_shards_but(name)

    @contextmanager
    def _shard(self, key: str = "index_damaged") -> Iterator[qdrant_edge.EdgeShard]:
        with self._gate.entered() as shard, self._translated(key):
            yield shard

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        try:
            yield
        except TrabouleError:
            raise
        except BaseException as error:
            # The engine raises plain Exception; its panics derive from BaseException and have no public name.
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise StorageError(
                    key, path=self._folder.path, reason=str(error).replace("\n", " ")[:200]
                ) from None
            raise
