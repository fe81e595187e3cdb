"""Reads the collections that the relevance gate is fitted on, each as questions with the documents that answer them.

Documents are read from ``$TRABOULE_SHARED_DATA`` or ``../shared/data`` and never copied into the project.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("TRABOULE_SHARED_DATA", ROOT.parent / "shared" / "data"))
QUESTIONS = ROOT / "tests" / "data" / "relevance_questions.jsonl"
_SEED = 5


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
    """Judged questions over documents. ``is_sibling_out``: without its answer, a question also loses the documents of the same origin."""

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


def _lines(path: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def judged_collections() -> Iterator[Collection]:
    """Yield the judged collections, with a sample of their questions.

    Not used: covid_qa (passages of one article say the answer again), nfcorpus (titles as questions, judged by links) and tico19_fr_en
    (passages as questions). What is left when their answers are taken out often answers, unjudged: AUROC 0.77, 0.67 and 0.88 in a trial.
    """
    yield _beir("liveqa_medquad", 50, clean=lambda text: re.sub(r"URL: \S+", "", text))
    yield _beir("bioasq12b_snippets", 80, origin=lambda doc: doc.split("#")[0], is_sibling_out=True)
    yield _pubmedqa(45)


def _beir(
    name: str,
    count: int,
    *,
    is_sibling_out: bool = False,
    clean: Callable[[str], str] = str,
    origin: Callable[[str], str] = str,
) -> Collection:
    rows = _lines(f"beir/{name}/corpus.jsonl.gz")
    texts = {row["_id"]: Text(row["_id"], clean(row["text"])[:6000], row["title"], "en", origin(row["_id"])) for row in rows}
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (DATA / f"beir/{name}/qrels/test.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0 and document in texts:
            grades[query][document] = int(grade)
    asked = [row for row in _lines(f"beir/{name}/queries.jsonl.gz") if grades[row["_id"]]]
    random.Random(_SEED).shuffle(asked)
    questions = tuple(Question(row["_id"], row["text"], "en", frozenset(grades[row["_id"]])) for row in asked[:count])
    return Collection(name, texts, questions, is_sibling_out)


def _pubmedqa(count: int) -> Collection:
    rows = _lines("qa/pubmedqa.jsonl.gz")
    texts = {row["_id"]: Text(row["_id"], " ".join(row["contexts"]), "", "en", row["_id"]) for row in rows}
    asked = random.Random(_SEED).sample(rows, count)
    return Collection("pubmedqa", texts, tuple(Question(row["_id"], row["question"], "en", frozenset({row["_id"]})) for row in asked))


def own_questions() -> list[OwnQuestion]:
    """Return the project's own questions."""
    rows = (json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines())
    return [
        OwnQuestion(row["_id"], row["collection"], row["document"], row["language"], row["answerable"], row["question"]) for row in rows
    ]


def own_documents(questions: Iterable[OwnQuestion]) -> dict[str, Text]:
    """Return the documents that the project's own questions are about, by id."""
    wanted = {question.document: question.collection for question in questions}
    return {text.text_id: text for text in _own_texts(wanted)}


def _own_texts(wanted: Mapping[str, str]) -> Iterator[Text]:
    cases = {"fr": "Cas clinique", "en": "Case report"}
    for language, title in cases.items():
        for row in _lines(f"{language}/e3c_clinical_cases.jsonl.gz"):
            if wanted.get(row["id"], "").startswith(f"{language}_"):
                yield Text(row["id"], row["text"], title, language, row["id"])
    for row in _lines("fr/drug_leaflets.jsonl.gz"):
        if wanted.get(row["id"]) == "leaflets":
            yield Text(row["id"], row["text"], row["text"].split("Encadré")[0][:60].strip(), "fr", row["id"])
    with (DATA / "records/aci_bench/valid.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["encounter_id"] in wanted:
                yield Text(row["encounter_id"], row["note"], "Consultation note", "en", row["encounter_id"])
