"""Reads the collections that the relevance gate is fitted on, each as questions with the documents that
answer them.

Documents are read from the folder of data and never copied into the project.
"""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.datasets.records import Record, read_records

SEED = 5


@dataclass(frozen=True, slots=True)
class Text:
    """A document to search in. Documents of one ``origin`` (an article, an abstract) tell the same story."""

    text_id: str
    text: str
    title: str
    language: str
    origin: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of the documents that answer it."""

    question_id: str
    text: str
    language: str
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Collection:
    """Judged questions over documents. ``is_sibling_out``: without its answer, a question also loses the
    documents of the same origin.
    """

    name: str
    texts: Mapping[str, Text]
    questions: tuple[Question, ...]
    is_sibling_out: bool = False


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of the project over one document, labelled by hand."""

    question_id: str
    collection: str
    document: str
    language: str
    answerable: bool
    question: str


FILES = (
    *(
        f"beir/{name}/{part}"
        for name in ("liveqa_medquad", "bioasq12b_snippets")
        for part in ("corpus.jsonl.gz", "queries.jsonl.gz", "qrels/test.tsv")
    ),
    "qa/pubmedqa.jsonl.gz",
    "fr/e3c_clinical_cases.jsonl.gz",
    "en/e3c_clinical_cases.jsonl.gz",
    "fr/drug_leaflets.jsonl.gz",
    "records/aci_bench/valid.csv",
)
"""What is read, under the folder of data."""


def _lines(file: Path) -> list[dict[str, Any]]:
    return [dict(record.values) for record in read_records(file)]


def judged_collections(data: Path) -> Iterator[Collection]:
    """Yield the judged collections, with a sample of their questions.

    Not used: covid_qa (passages of one article say the answer again), nfcorpus (titles as questions, judged
    by links) and tico19_fr_en (passages as questions). What is left when their answers are taken out often
    answers, unjudged: AUROC 0.77, 0.67 and 0.88 in a trial.
    """
    yield _beir(data, "liveqa_medquad", 50, clean=lambda text: re.sub(r"URL: \S+", "", text))
    yield _beir(data, "bioasq12b_snippets", 80, origin=lambda doc: doc.split("#")[0], is_sibling_out=True)
    yield _pubmedqa(data, 45)


def _beir(
    data: Path,
    name: str,
    count: int,
    *,
    is_sibling_out: bool = False,
    clean: Callable[[str], str] = str,
    origin: Callable[[str], str] = str,
) -> Collection:
    rows = _lines(data / f"beir/{name}/corpus.jsonl.gz")
    texts = {
        row["_id"]: Text(row["_id"], clean(row["text"])[:6000], row["title"], "en", origin(row["_id"]))
        for row in rows
    }
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (data / f"beir/{name}/qrels/test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0 and document in texts:
            grades[query][document] = int(grade)
    asked = [row for row in _lines(data / f"beir/{name}/queries.jsonl.gz") if grades[row["_id"]]]
    random.Random(SEED).shuffle(asked)  # noqa: S311
    questions = tuple(
        Question(row["_id"], row["text"], "en", frozenset(grades[row["_id"]])) for row in asked[:count]
    )
    return Collection(name, texts, questions, is_sibling_out)


def _pubmedqa(data: Path, count: int) -> Collection:
    rows = _lines(data / "qa/pubmedqa.jsonl.gz")
    texts = {row["_id"]: Text(row["_id"], " ".join(row["contexts"]), "", "en", row["_id"]) for row in rows}
    asked = random.Random(SEED).sample(rows, count)  # noqa: S311
    return Collection(
        "pubmedqa",
        texts,
        tuple(Question(row["_id"], row["question"], "en", frozenset({row["_id"]})) for row in asked),
    )


def own_questions(file: Path) -> list[OwnQuestion]:
    """Return the project's own questions."""
    return [_own_question(record) for record in read_records(file)]


def _own_question(record: Record) -> OwnQuestion:
    is_answerable = record.values.get("answerable")
    if not isinstance(is_answerable, bool):
        raise record.error("answerable")
    return OwnQuestion(
        question_id=record.identifier(),
        collection=record.text("collection"),
        document=record.text("document"),
        language=record.text("language"),
        answerable=is_answerable,
        question=record.text("question"),
    )


def own_documents(data: Path, questions: Iterable[OwnQuestion]) -> dict[str, Text]:
    """Return the documents that the project's own questions are about, by id."""
    wanted = {question.document: question.collection for question in questions}
    return {text.text_id: text for text in _own_texts(data, wanted)}


def _own_texts(data: Path, wanted: Mapping[str, str]) -> Iterator[Text]:
    cases = {"fr": "Cas clinique", "en": "Case report"}
    for language, title in cases.items():
        for row in _lines(data / f"{language}/e3c_clinical_cases.jsonl.gz"):
            if wanted.get(row["id"], "").startswith(f"{language}_"):
                yield Text(row["id"], row["text"], title, language, row["id"])
    for row in _lines(data / "fr/drug_leaflets.jsonl.gz"):
        if wanted.get(row["id"]) == "leaflets":
            yield Text(row["id"], row["text"], row["text"].split("Encadré")[0][:60].strip(), "fr", row["id"])
    with (data / "records/aci_bench/valid.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["encounter_id"] in wanted:
                yield Text(row["encounter_id"], row["note"], "Consultation note", "en", row["encounter_id"])
