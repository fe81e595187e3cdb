"""The seams: what may be replaced, and what every implementation promises.

Embedders and language models use LlamaIndex's own ``BaseEmbedding`` and ``LLM``; the seams below are ours.
Each has a conformance suite in ``tests/conformance``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol

from rag.core.errors import ParseError
from rag.core.facts import Fact
from rag.core.types import (
    Document,
    Filters,
    IndexHit,
    Passage,
    Source,
    SparseVector,
    Support,
    Vector,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Square = NDArray[np.uint8]

DENSE = "dense"
"""Name of the dense channel; the other channels of an index are sparse, one for each language."""


class PassageIndex(Protocol):
    """Passages with one dense vector and one sparse vector in the channel of their language.

    Filters are exact and applied before ranking. Ties are broken by ``passage_id`` ascending. Writes are
    durable when the call returns. Inverse document frequency is counted per sparse channel, that is per
    language.
    """

    @property
    def version(self) -> str:
        """Name of engine, layout and embedder, as stored beside the data and quoted in every answer."""

    def upsert(
        self, passages: Sequence[Passage], dense: Sequence[Vector], sparse: Sequence[SparseVector]
    ) -> None:
        """Write passages, replacing those with the same id. The three sequences are parallel."""

    def search(
        self, dense: Vector | None, sparse: Mapping[str, SparseVector], filters: Filters, depth: int
    ) -> Mapping[str, tuple[IndexHit, ...]]:
        """Rank passages in every channel asked for: ``"dense"`` and the languages in ``sparse``.

        Returns one ranking a channel, best first, at most ``depth`` long. Dense scores are cosines; sparse
        scores are BM25 and above 0.
        """

    def get(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages that exist, in the order asked for."""

    def vectors(self, passage_ids: Sequence[str]) -> Mapping[str, Vector]:
        """Return the dense vectors of the passages that exist."""

    def cosines(self, dense: Vector, passage_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosine of a vector with those of the passages that exist."""

    def of_channel(self, channel: str, passage_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the passages that are in a sparse channel: they exist, are in its language and have
        search terms.
        """

    def passage_ids(self, doc_id: str) -> frozenset[str]:
        """Return the ids of every stored passage of a document, whatever its revision."""

    def count(self, filters: Filters = Filters()) -> int:
        """Count the passages that pass the filters."""

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove passages; ids that do not exist are ignored."""

    def optimize(self) -> None:
        """Build or merge search structures after many writes. It may take seconds."""

    def close(self) -> None:
        """Write what is pending and release the files. Closing twice is harmless."""


class FactIndex(Protocol):
    """What records state, behind the same filters as passages."""

    def facts(
        self, filters: Filters, *, kinds: frozenset[str] | None = None, concepts: frozenset[str] | None = None
    ) -> Sequence[Fact]:
        """Return the facts of the documents that pass the filters; ``kinds`` and ``concepts`` are of
        facts.
        """


class PairScorer(Protocol):
    """Scores pairs of texts: a reranker takes (query, passage)."""

    name: str

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return one score a pair, higher is better, in the order given."""


class TextReader(Protocol):
    """Says how likely a text answers a question. ``threshold`` is fixed beforehand: at or above it a text
    counts as an answer.
    """

    @property
    def name(self) -> str:
        """Name and version, as quoted in every answer."""

    @property
    def threshold(self) -> float:
        """In (0, 1)."""

    def answers(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> list[float]:
        """Return one probability a text, in the order given. ``contexts``, where given, are what stands above
        each: title and headings. An empty text answers nothing.
        """

    def clear(self) -> None:
        """Forget what was read."""


class ImageEncoder(Protocol):
    """Makes vectors of pictures; ``reads_text`` where words and pictures share one space."""

    identity: str
    """Name and version; vectors of different identities must not be mixed."""
    dimensions: int
    size: int
    """Pixels of the squares that it takes, on each side."""
    reads_text: bool

    def pictures(self, squares: Sequence[Square]) -> list[Vector]:
        """Return one vector of length 1 a picture, in the order given; a square is grey, ``size`` ×
        ``size``.
        """

    def texts(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector of length 1 a text, in the order given, where it reads text. English is what
        such models know.
        """


class Verifier(Protocol):
    """Says how far a premise supports a claim. ``threshold`` is fixed beforehand: at or above it a claim
    counts as supported.
    """

    name: str
    threshold: float

    def verify(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """Return one verdict for each (premise, claim), in the order given."""

    def support_level(self, verdict: Verdict) -> Support:
        """Return the word shown for a verdict; never ``full`` or ``partial`` below the threshold."""


Warn = Callable[[ParseError], None]
"""Takes what a parser left out of a document it could read otherwise, e.g. a page without text. It is
reported, never silent.
"""


class Parser(Protocol):
    """Reads one format. Registered by media type in ``rag/ingest/formats_*.py``, with its name and version.

    A field that the source does not declare stays empty ("" or None); the ingestor fills it from the sidecar,
    the folder and the text.
    """

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of a source, and in its place the error of each record that cannot be read.

        Raises:
            ParseError: the source cannot be read further. An iterator that survives what it raises is asked
            again.
        """
