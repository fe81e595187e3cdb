"""Rankings and judgements go out to TREC files and come back; a malformed line is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytrec_eval

from eval.metrics.ranking import ranking_metrics, run_metrics
from eval.retrieval.trec import read_qrels, read_run, write_qrels, write_run
from rag.core.errors import StorageError, UsageError

RANKINGS = {"q1": ["d3", "d1", "d2"], "q2": ["d2"]}
QRELS = {"q1": {"d1": 2, "d9": 1, "d3": 0}, "q2": {"d2": 1}}


def test_a_run_has_six_columns_and_a_score_that_falls_with_the_rank(tmp_path: Path) -> None:
    write_run(tmp_path / "deep" / "mine.run", RANKINGS, "mine")
    assert (tmp_path / "deep" / "mine.run").read_text().splitlines() == [
        "q1 Q0 d3 1 3 mine",
        "q1 Q0 d1 2 2 mine",
        "q1 Q0 d2 3 1 mine",
        "q2 Q0 d2 1 1 mine",
    ]


def test_a_run_read_back_scores_as_the_ranking_it_was_written_from(tmp_path: Path) -> None:
    write_run(tmp_path / "mine.run", RANKINGS, "mine")
    write_qrels(tmp_path / "mine.qrels", QRELS)
    assert read_qrels(tmp_path / "mine.qrels") == QRELS
    assert run_metrics(read_run(tmp_path / "mine.run"), QRELS) == ranking_metrics(RANKINGS, QRELS)


def test_judgements_of_beir_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t0\n")
    assert read_qrels(tmp_path / "test.tsv") == {"q1": {"d1": 2, "d3": 0}}


def test_ids_with_spaces_are_read_from_beir_and_refused_by_trec(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tdoc 5\t2\n")
    assert read_qrels(tmp_path / "test.tsv") == {"q1": {"doc 5": 2}}
    with pytest.raises(UsageError, match="doc 5"):
        write_run(tmp_path / "mine.run", {"q1": ["doc 5"]}, "mine")
    with pytest.raises(UsageError, match="doc 5"):
        write_qrels(tmp_path / "mine.qrels", {"q1": {"doc 5": 1}})


@pytest.mark.parametrize("grade", ["--1", "1.5", "x", "²"])
def test_a_grade_that_is_no_whole_number_is_named(tmp_path: Path, grade: str) -> None:
    (tmp_path / "bad.qrels").write_text(f"q1 0 d1 1\nq1 0 d2 {grade}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.qrels:2"):
        read_qrels(tmp_path / "bad.qrels")


def test_average_precision_is_over_the_first_hundred_however_many_are_ranked() -> None:
    run = {"q": {f"d{place}": float(-place) for place in range(1, 200)}}
    assert run_metrics(run, {"q": {"d1": 1, "d150": 1}})["q"]["map"] == 0.5


def test_metrics_are_those_of_pytrec_eval() -> None:
    queries = range(20)
    run = {f"q{q}": {f"d{(q * 7 + d * 13) % 60}": 60.0 - d for d in range(40)} for q in queries}
    qrels = {f"q{q}": {f"d{(q * 11 + d * 17) % 60}": (q + d) % 3 for d in range(15)} for q in queries}
    names = {"ndcg_cut_10": "ndcg@10", "recall_5": "recall@5", "recall_100": "recall@100", "map": "map"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recall.5,100", "map"}).evaluate(run)
    ours = run_metrics(run, qrels)
    assert len(ours) == 20
    for query, values in theirs.items():
        assert {names[name]: value for name, value in values.items()} == pytest.approx(
            {name: ours[query][name] for name in names.values()}
        )


@pytest.mark.parametrize(
    "line", ["q1 Q0 d1 1 0.5", "q1 Q0 d1 1 high mine", "q1 Q0 d1 1 nan mine", "q1 Q0 d1 1 0.5 mine more"]
)
def test_a_malformed_line_of_a_run_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.run").write_text(f"q1 Q0 d0 1 0.9 mine\n{line}\n")
    with pytest.raises(UsageError, match=r"bad\.run:2"):
        read_run(tmp_path / "bad.run")


def test_a_document_that_comes_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.run").write_text("q1 Q0 d0 1 0.9 mine\nq1 Q0 d0 2 0.8 mine\n")
    with pytest.raises(UsageError, match=r'bad\.run:2.*"q1 d0"'):
        read_run(tmp_path / "bad.run")


@pytest.mark.parametrize("text", ["q1 0 d1 yes\n", "q1 d1\n"])
def test_a_malformed_judgement_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.qrels").write_text(f"q0 0 d0 1\n{text}")
    with pytest.raises(UsageError, match=r"bad\.qrels:2"):
        read_qrels(tmp_path / "bad.qrels")


@pytest.mark.parametrize("read", [read_run, read_qrels])
def test_an_empty_file_is_reported(tmp_path: Path, read: object) -> None:
    (tmp_path / "none").write_text("\n")
    assert callable(read)
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "none")
    assert caught.value.key == "eval_run_empty"


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_run(tmp_path / "file" / "mine.run", RANKINGS, "mine")
