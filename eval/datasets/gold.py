"""A hospital's own questions as a retrieval collection: their gold documents are the judgements, any corpus
is the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.datasets.beir import BeirDataset
from eval.datasets.declarations import checksum
from eval.datasets.questions import EvalQuestion
from eval.metrics.answers.library import Library

if TYPE_CHECKING:
    from rag.store.documents import DocumentStore


def gold_collection(
    corpus: Path, questions: Sequence[EvalQuestion], store: DocumentStore, library: Library
) -> BeirDataset:
    """Return the questions that name gold documents, each judging them relevant. The corpus is ingested
    already.

    A gold document that is not in the store is relevant all the same, under the name that the question gives
    it: what cannot be found counts against the ranking, and a document that could not be read must not raise
    a score.
    """
    summaries = list(store.list())
    qrels = {
        question.id: dict.fromkeys(sorted(_relevant(question.gold_docs, library)), 1)
        for question in questions
    }
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


def _relevant(gold: Iterable[str], library: Library) -> frozenset[str]:
    return frozenset().union(*(library.resolve([name]) or {name} for name in gold))
