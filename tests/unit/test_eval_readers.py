"""Evaluation data is checked before it is used: a wrong line is an error that names its place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from eval.datasets.beir import read_beir
from eval.datasets.questions import EvalQuestion, read_questions
from rag.core.errors import UsageError

CORPUS = [{"_id": "d1", "title": "Hip", "text": "A hip."}, {"_id": "d2", "title": "", "text": "A knee."}]
QUERIES = [{"_id": "q1", "text": "hip?"}, {"_id": "q2", "text": "knee?"}, {"_id": "q3", "text": "elbow?"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\nq3\td1\t0\n"


def lines(records: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def beir_folder(
    folder: Path, *, corpus: str = lines(CORPUS), queries: str = lines(QUERIES), qrels: str = QRELS
) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(corpus)
    (folder / "queries.jsonl").write_text(queries)
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def failure(folder: Path, split: str = "test") -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_beir(folder, split)
    return caught.value


def test_a_beir_folder_is_read_whole(tmp_path: Path) -> None:
    dataset = read_beir(beir_folder(tmp_path / "tiny"))
    assert (dataset.name, dataset.split) == ("tiny", "test")
    assert dataset.doc_ids == {"d1", "d2"}
    assert dataset.qrels == {"q1": {"d1": 2, "d2": 0}, "q2": {"d2": 1}, "q3": {"d1": 0}}
    assert dataset.characters == len("A hip.") + len("A knee.")


def test_a_query_without_relevant_document_cannot_be_measured(tmp_path: Path) -> None:
    assert read_beir(beir_folder(tmp_path / "tiny")).answerable() == {"q1": "hip?", "q2": "knee?"}


def test_gzipped_files_are_read_as_plain_ones(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "tiny")
    for name in ("corpus.jsonl", "queries.jsonl"):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    assert len(read_beir(folder).doc_ids) == 2


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "tiny")
    whole = gzip.compress((folder / "corpus.jsonl").read_bytes())
    (folder / "corpus.jsonl").write_bytes(whole[: len(whole) // 2])
    error = failure(folder)
    assert (error.key, error.variables["file"]) == ("eval_file_unreadable", folder / "corpus.jsonl")


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "tiny")
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "a"}\n{"_id": "q2", "text": "\xe9"}\n')
    assert str(failure(folder).variables["file"]).endswith("queries.jsonl:2")


@pytest.mark.parametrize(
    ("corpus", "key", "line"),
    [
        (lines(CORPUS) + "{oops\n", "eval_line_not_json", 3),
        (lines(CORPUS) + "[1]\n", "eval_line_not_json", 3),
        (lines(CORPUS) + '\n{"_id": "d1", "text": "again"}\n', "eval_duplicate", 4),
        ('{"title": "no id", "text": "x"}\n', "eval_bad_field", 1),
        ('{"_id": "d1", "text": 5}\n', "eval_bad_field", 1),
        ('{"_id": "d1"}\n', "eval_bad_field", 1),
    ],
)
def test_a_wrong_line_of_the_corpus_is_named(tmp_path: Path, corpus: str, key: str, line: int) -> None:
    error = failure(beir_folder(tmp_path / "tiny", corpus=corpus))
    assert (error.key, error.variables["line"]) == (key, line)
    assert str(error.variables["file"]).endswith("corpus.jsonl")


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("q1\td1", "eval_bad_qrel"),
        ("q1 d1 1", "eval_bad_qrel"),
        ("q1\td1\tyes", "eval_bad_qrel"),
        ("q1\td1\t1.5", "eval_bad_qrel"),
        ("q9\td1\t1", "eval_unknown_query"),
    ],
)
def test_a_wrong_judgement_is_named(tmp_path: Path, row: str, key: str) -> None:
    error = failure(beir_folder(tmp_path / "tiny", qrels=QRELS + row + "\n"))
    assert (error.key, error.variables["line"]) == (key, 6)


def test_of_two_judgements_of_a_pair_the_last_holds_and_is_counted(tmp_path: Path) -> None:
    dataset = read_beir(beir_folder(tmp_path / "tiny", qrels=QRELS + "q1\td1\t1\nq1\td2\t0\n"))
    assert dataset.qrels["q1"] == {"d1": 1, "d2": 0}
    assert dataset.conflicts == 1


def test_a_missing_split_is_reported_with_those_there_are(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "tiny")
    (folder / "qrels" / "dev.tsv").write_text(QRELS)
    assert "dev, test" in failure(folder, "train").describe("en")


def test_a_folder_that_is_not_beir_is_an_error(tmp_path: Path) -> None:
    assert failure(tmp_path).key in ("eval_no_beir_file", "eval_no_split")


def questions_file(folder: Path, *records: Mapping[str, object]) -> Path:
    path = folder / "questions.jsonl"
    path.write_text(lines(records))
    return path


def test_a_question_needs_only_an_id_and_words(tmp_path: Path) -> None:
    path = questions_file(tmp_path, {"_id": "a", "question": " Why? ", "note": "kept out"})
    assert read_questions([path]) == [EvalQuestion("a", "Why?")]


def test_a_question_is_read_with_its_gold(tmp_path: Path) -> None:
    gold: dict[str, object] = {
        "_id": 7,
        "question": "Dose ?",
        "language": "fr",
        "answerable": True,
        "patient_id": "P1",
        "gold_docs": ["d1"],
        "gold_quotes": ["10 mg par jour"],
        "must_have": ["10 mg"],
        "must_not": ["20 mg", ""],
    }
    expected = EvalQuestion(
        "7", "Dose ?", "fr", True, "P1", ("d1",), ("10 mg par jour",), ("10 mg",), ("20 mg",)
    )
    assert read_questions([questions_file(tmp_path, gold)]) == [expected]


@pytest.mark.parametrize(
    "fields",
    [
        {"question": ""},
        {"question": ["a"]},
        {"language": "de"},
        {"answerable": "yes"},
        {"must_have": "10 mg"},
        {"gold_docs": [1]},
        {"patient_id": 3},
    ],
)
def test_a_wrong_field_of_a_question_is_named(tmp_path: Path, fields: Mapping[str, object]) -> None:
    path = questions_file(
        tmp_path, {"_id": "a", "question": "Why?"}, {"_id": "b", "question": "Why?", **fields}
    )
    with pytest.raises(UsageError) as caught:
        read_questions([path])
    assert caught.value.variables == {"file": path, "line": 2, "field": next(iter(fields))}


def test_an_id_given_twice_over_two_files_is_an_error(tmp_path: Path) -> None:
    path = questions_file(tmp_path, {"_id": "a", "question": "Why?"})
    with pytest.raises(UsageError, match="given before"):
        read_questions([path, path])


def test_no_question_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_questions([questions_file(tmp_path)])
    assert caught.value.key == "eval_no_questions"
