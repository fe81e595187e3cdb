"""Pictures in an index of their own, beside that of the passages: the same engines, the same filters.

An entry is kept as a passage is (its words as text, what was read of its header as section), so that all that
a ``PassageIndex`` promises holds for pictures. An index apart keeps the term statistics of the passages as
they are, and another image encoder asks for new vectors of pictures alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from rag.clinical.stems import terms
from rag.core.facts import Side
from rag.core.passage_ids import passage_id
from rag.core.pictures import ImageEntry, WantedImages
from rag.core.protocols import DENSE, PassageIndex
from rag.core.types import Filters, Passage, SparseVector, Vector
from rag.index.lexical import CHANNELS, channel_of, term_id, weigh
from rag.index.translation import encode_question

NO_VECTOR = "pictures-unseen"
"""Stands for an image encoder where none is here: every vector is zero."""
LAYOUT = "images/1"
"""Raised when entries are made or kept otherwise, so that they are written again."""

_JOINED = "+"
_ANY = "picture"
_ASKED = 3.0
"""Weight of what a header codes beside 1 for a word of the question. By hand: a code is exact, a word is
not.
"""


def entry_id(doc_id: str, revision: str, frame: int) -> str:
    """Return the id of a picture, the same for the same version of the same document."""
    return passage_id(doc_id, revision, frame)


@dataclass(frozen=True, slots=True)
class ImageIndex:
    """The pictures of one home. Filters by kind of document do not apply: every entry is a picture."""

    passages: PassageIndex
    dimensions: int
    version: str = NO_VECTOR
    """Name of layout and image encoder."""

    def put(self, entries: Sequence[ImageEntry], vectors: Sequence[Vector | None]) -> None:
        """Write entries, replacing those with the same id; None stands for a picture that could not be
        seen.
        """
        unseen = (0.0,) * self.dimensions
        held = [_passage(entry) for entry in entries]
        dense = [unseen if vector is None else vector for vector in vectors]
        self.passages.upsert(held, dense, [_terms(entry) for entry in entries])

    def get(self, entry_ids: Sequence[str]) -> tuple[ImageEntry, ...]:
        """Return the entries that exist, in the order asked for."""
        return tuple(map(_entry, self.passages.get(entry_ids)))

    def of_document(self, doc_id: str) -> tuple[ImageEntry, ...]:
        """Return every entry of a document, whatever its revision, by frame."""
        found = self.get(sorted(self.passages.passage_ids(doc_id)))
        return tuple(sorted(found, key=lambda entry: (entry.revision, entry.frame)))

    def vectors(self, entry_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the vectors of the pictures that could be seen."""
        found = self.passages.vectors(entry_ids)
        return {name: vector for name, vector in found.items() if any(vector)}

    def by_words(
        self, wanted: WantedImages, filters: Filters, depth: int
    ) -> tuple[tuple[ImageEntry, float], ...]:
        """Rank pictures by their headers and captions, best first; where nothing is asked, all pass."""
        query = encode_question(wanted.text, wanted.language)
        codes = {term_id(code): _ASKED for code in _asked_codes(wanted)} | {term_id(_ANY): 1.0}
        sparse = {channel: _with(query.get(channel), codes) for channel in CHANNELS}
        rankings = self.passages.search(None, sparse, _filters(filters), depth)
        scores = {hit.passage_id: hit.score for hits in rankings.values() for hit in hits}
        return self._ranked(scores, depth)

    def nearest(self, vector: Vector, filters: Filters, depth: int) -> tuple[tuple[ImageEntry, float], ...]:
        """Rank pictures by the cosine of their vector with one, best first; those that could not be seen are
        left out.
        """
        found = self.passages.search(vector, {}, _filters(filters), depth)[DENSE]
        scores = {hit.passage_id: hit.score for hit in found}
        seen = self.vectors(list(scores)).keys()
        return self._ranked({name: score for name, score in scores.items() if name in seen}, depth)

    def cosines(self, vector: Vector, entry_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the pictures that could be seen."""
        seen = self.vectors(entry_ids)
        return self.passages.cosines(vector, list(seen))

    def count(self, filters: Filters = Filters()) -> int:
        """Count the pictures that pass the filters."""
        return self.passages.count(_filters(filters))

    def keep_only(self, doc_id: str, revision: str | None) -> int:
        """Remove the entries of a document but those of one revision; None: all. Return how many."""
        held = self.of_document(doc_id)
        gone = [entry.entry_id for entry in held if entry.revision != revision]
        self.passages.delete(gone)
        return len(gone)

    def optimize(self) -> None:
        """Build search structures, and have the bytes of what was removed leave the files."""
        self.passages.optimize()

    def close(self) -> None:
        """Write what is pending and release the files. Closing twice is harmless."""
        self.passages.close()

    def _ranked(self, scores: Mapping[str, float], depth: int) -> tuple[tuple[ImageEntry, float], ...]:
        order = sorted(scores, key=lambda name: (-scores[name], name))[:depth]
        return tuple((entry, scores[entry.entry_id]) for entry in self.get(order))


def _filters(filters: Filters) -> Filters:
    return replace(filters, kinds=None)


def _codes(modality: str, regions: Iterable[str], view: str, side: str) -> Iterator[str]:
    yield from (f"modality:{modality}",) if modality else ()
    yield from (f"region:{region}" for region in regions)
    yield from (f"view:{view}",) if view else ()
    yield from (f"side:{side}",) if side else ()


def _asked_codes(wanted: WantedImages) -> Iterator[str]:
    return _codes(wanted.modality, wanted.regions, wanted.view, wanted.side)


def _terms(entry: ImageEntry) -> SparseVector:
    codes = _codes(entry.modality_group, entry.regions, entry.view, entry.side)
    words = terms(f"{entry.title}\n{entry.words}", channel_of(entry.language))
    return weigh([_ANY, *codes, *words])


def _with(query: SparseVector | None, codes: Mapping[int, float]) -> SparseVector:
    words = {} if query is None else dict(zip(query.indices, query.values, strict=True))
    joined = sorted((words | dict(codes)).items())
    return SparseVector(tuple(term for term, _ in joined), tuple(weight for _, weight in joined))


def _passage(entry: ImageEntry) -> Passage:
    header = (
        entry.modality,
        entry.modality_group,
        _JOINED.join(entry.regions),
        entry.projection,
        entry.view,
        entry.side,
    )
    return Passage(
        passage_id=entry.entry_id,
        doc_id=entry.doc_id,
        revision=entry.revision,
        ordinal=entry.frame,
        start=entry.start,
        end=entry.end,
        text=entry.words,
        title=entry.title,
        kind="image",
        language=entry.language,
        section=header,
        page=entry.page,
        patient_id=entry.patient_id,
        authored_at=entry.authored_at,
    )


def _entry(passage: Passage) -> ImageEntry:
    modality, group, regions, projection, view, side = passage.section
    return ImageEntry(
        entry_id=passage.passage_id,
        doc_id=passage.doc_id,
        revision=passage.revision,
        frame=passage.ordinal,
        title=passage.title,
        language=passage.language,
        patient_id=passage.patient_id,
        authored_at=passage.authored_at,
        modality=modality,
        modality_group=group,
        regions=tuple(regions.split(_JOINED)) if regions else (),
        projection=projection,
        view=view,
        side=cast("Side", side),
        page=passage.page,
        start=passage.start,
        end=passage.end,
        words=passage.text,
    )
