"""A hospital's own questions as a retrieval collection: their gold documents are the judgements, any corpus is the collection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.datasets.beir import BeirDataset
from eval.datasets.declared import checksum
from eval.datasets.questions import EvalQuestion
from eval.metrics.grounding import Library

if TYPE_CHECKING:
    from rag.store.documents import DocumentStore


def gold_collection(corpus: Path, questions: Sequence[EvalQuestion], store: DocumentStore, library: Library) -> BeirDataset:
    """Return the questions that name a gold document of the store, each judging it relevant. The corpus is ingested already."""
    summaries = list(store.list())
    qrels = {question.id: dict.fromkeys(sorted(library.resolve(question.gold_docs)), 1) for question in questions}
    return BeirDataset(
        name=corpus.name,
        split="gold",
        corpus=corpus,
        checksum=checksum([corpus]),
        doc_ids=frozenset(summary.doc_id for summary in summaries),
        characters=sum(summary.characters for summary in summaries),
        queries={question.id: question.text for question in questions},
        qrels={query: grades for query, grades in qrels.items() if grades},
        conflicts=0,
    )
