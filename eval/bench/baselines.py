"""What the search is compared with, over the same passages and the same vectors: BM25 by ``bm25s``, and
LlamaIndex's own hybrid search.

LlamaIndex's default sparse encoder is a model of ``fastembed`` that is fetched from a hub. Where none can be
reached its documented hook is used instead (``sparse_doc_fn``, ``sparse_query_fn``), with the term weights of
that default (Qdrant's BM25: k 1.2, b 0.75, inverse document frequency by the store) over this project's
search terms, which do no worse than its own. Everything else is as it comes: relative score fusion, equal
weights. Both rank passages; a document ranks where its best passage does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.clinical.stems import terms
from rag.core.errors import ConfigurationError
from rag.core.types import Passage, Vector
from rag.index.lexical import K1, B, lexical_text, term_id

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Ranker = Callable[[str], Sequence[str]]
"""Gives the document ids of a query's passages, best first; a document may come again."""

DEPTH = 200
_AVERAGE_TERMS = 65.0


def bm25s_ranker(passages: Sequence[Passage]) -> Ranker:
    """Return BM25 as the library makes it: Lucene's formula, k1 1.2, b 0.75, English stop words and Snowball
    stems.
    """
    try:
        import bm25s
        from snowballstemmer import stemmer  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigurationError("extra_missing", extra="bench") from None
    stems = stemmer("english")

    def tokens(texts: Sequence[str]) -> Any:
        return bm25s.tokenize(list(texts), stopwords="en", stemmer=stems.stemWords, show_progress=False)

    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(tokens([lexical_text(passage) for passage in passages]), show_progress=False)
    documents = [passage.doc_id for passage in passages]
    limit = min(DEPTH, len(passages))

    def rank(query: str) -> list[str]:
        places, scores = index.retrieve(tokens([query]), k=limit, show_progress=False)
        return [documents[place] for place, score in zip(places[0], scores[0], strict=True) if score > 0]

    return rank


def llamaindex_ranker(
    passages: Sequence[Passage], vectors: Mapping[str, Vector], embedder: BaseEmbedding
) -> Ranker:
    """Return LlamaIndex's hybrid search over its Qdrant store, in memory."""
    try:
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.qdrant import QdrantVectorStore  # type: ignore[import-not-found, import-untyped, unused-ignore]
        from qdrant_client import QdrantClient, models
    except ImportError:
        raise ConfigurationError("extra_missing", extra="bench") from None
    store = QdrantVectorStore(
        client=QdrantClient(":memory:"),
        collection_name="baseline",
        enable_hybrid=True,
        sparse_doc_fn=_weights_of_passages,
        sparse_query_fn=_weights_of_queries,
        sparse_config=models.SparseVectorParams(modifier=models.Modifier.IDF),
    )
    nodes = [
        TextNode(
            id_=_uuid(number),
            text=lexical_text(one),
            embedding=list(vectors[one.passage_id]),
            metadata={"doc": one.doc_id},
        )
        for number, one in enumerate(passages)
    ]
    index = VectorStoreIndex(
        nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedder
    )
    retriever = index.as_retriever(
        vector_store_query_mode="hybrid", similarity_top_k=DEPTH, sparse_top_k=DEPTH, hybrid_top_k=2 * DEPTH
    )
    return lambda query: [str(found.node.metadata["doc"]) for found in retriever.retrieve(query)]


def _weights_of_passages(texts: list[str]) -> tuple[list[list[int]], list[list[float]]]:
    encoded = [_saturated(terms(text, "en")) for text in texts]
    return [list(weights) for weights in encoded], [list(weights.values()) for weights in encoded]


def _weights_of_queries(texts: list[str]) -> tuple[list[list[int]], list[list[float]]]:
    encoded = [dict.fromkeys(map(term_id, terms(text, "en")), 1.0) for text in texts]
    return [list(weights) for weights in encoded], [list(weights.values()) for weights in encoded]


def _saturated(stems: Sequence[str]) -> dict[int, float]:
    damping = K1 * (1 - B + B * len(stems) / _AVERAGE_TERMS)
    return {
        term: count * (K1 + 1) / (count + damping) for term, count in Counter(map(term_id, stems)).items()
    }


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"
