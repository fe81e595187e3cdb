"""The project's own questions over open collections, as BEIR folders.

The repository holds questions and document ids alone (``eval/questions``); the texts stay where the user
keeps the collection. A view is written once and read by everything that takes a BEIR folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from eval.datasets.questions import EvalQuestion, read_questions
from eval.datasets.records import Record, read_records
from rag.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class View:
    """Questions of ``eval/questions`` over a file of records; ``fields`` are joined to the text of a
    document, one a paragraph.
    """

    name: str
    questions: str
    records: str
    fields: tuple[str, ...]


VIEWS: Mapping[str, View] = {
    view.name: view
    for view in (
        View(
            "clinicians_fr_en",
            "clinicians_fr_pubmedqa.jsonl",
            "qa/pubmedqa.jsonl.gz",
            ("contexts", "long_answer"),
        ),
        View(
            "clinicians_fr_en_later",
            "clinicians_fr_pubmedqa_later.jsonl",
            "qa/pubmedqa.jsonl.gz",
            ("contexts", "long_answer"),
        ),
        View("clinicians_en_fr", "clinicians_en_e3c_fr.jsonl", "fr/e3c_clinical_cases.jsonl.gz", ("text",)),
    )
}
"""French clinicians' questions over English abstracts (PubMedQA, without titles), English ones over French
case reports (E3C).

The questions of ``later`` were written when the lexicon was finished, which then was not touched: they say
what it does for words it was not made with in view.
"""


def write_view(view: View, data: Path, folder: Path) -> Path:
    """Write the BEIR folder of a view below ``folder`` and return it.

    Args:
        view: which.
        data: the folder of the collections.
        folder: where the view goes; its corpus holds the collection's texts, so never into a repository.

    Raises:
        UsageError: the collection is missing or malformed, or does not hold a document that a question names.
    """
    with as_file(files("eval") / "questions" / view.questions) as file:
        questions = read_questions([file])
    documents = {
        record.identifier(): _text(record, view.fields) for record in read_records(data / view.records)
    }
    for question in questions:
        for doc_id in question.gold_docs:
            if doc_id not in documents:
                raise UsageError(
                    "eval_view_document_missing", file=data / view.records, id=doc_id, question=question.id
                )
    target = folder / view.name
    (target / "qrels").mkdir(parents=True, exist_ok=True)
    _write(
        target / "corpus.jsonl",
        [{"_id": doc_id, "title": "", "text": text} for doc_id, text in documents.items()],
    )
    _write(target / "queries.jsonl", [{"_id": question.id, "text": question.text} for question in questions])
    (target / "qrels" / "test.tsv").write_text(_qrels(questions), encoding="utf-8")
    return target


def _text(record: Record, fields: tuple[str, ...]) -> str:
    parts: list[str] = []
    for field in fields:
        parts.extend(
            record.texts(field) if isinstance(record.values.get(field), list) else [record.text(field)]
        )
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _qrels(questions: list[EvalQuestion]) -> str:
    lines = [f"{question.id}\t{doc_id}\t1\n" for question in questions for doc_id in question.gold_docs]
    return "query-id\tcorpus-id\tscore\n" + "".join(lines)
