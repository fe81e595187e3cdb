"""``traboule eval retrieval``: one JSON document, the fields and exit codes of the contract, rankings that
travel.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.integration.evaluation.conftest import Run

RETRIEVAL_FIELDS = {
    "dataset",
    "split",
    "mode",
    "queries",
    "documents",
    "ndcg@10",
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@100",
    "mrr@10",
    "map",
    "per_query",
    "ingest_passages_per_s",
    "query_ms",
    "embedder",
    "index",
}


def test_retrieval_prints_one_json_document_with_the_fields_of_the_contract(run: Run, beir: Path) -> None:
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--json")
    found = ended.json()
    assert ended.code == 0
    assert found.keys() >= RETRIEVAL_FIELDS
    assert (found["dataset"], found["split"], found["mode"]) == ("tiny", "test", "sparse")
    assert (found["queries"], found["queries_without_relevant"], found["documents"]) == (3, 1, 5)


def test_documents_rank_by_their_best_passage(run: Run, beir: Path) -> None:
    found = run("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--json").json()
    per_query = found["per_query"]
    assert isinstance(per_query, dict)
    # Gout and sciatica are found first; asthma is not found by the word "migraine" at all. The means are 2 of
    # 3.
    assert {query: scores["ndcg@10"] for query, scores in per_query.items()} == {
        "q1": 1.0,
        "q2": 1.0,
        "q3": 0.0,
    }
    assert found["recall@1"] == found["mrr@10"] == found["map"] == found["recall@100"] == 0.666667


def test_a_cached_index_gives_the_same_numbers_and_remembers_its_speed(
    run: Run, beir: Path, tmp_path: Path
) -> None:
    words = ("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--cache", tmp_path / "cache", "--json")
    first, second = run(*words).json(), run(*words).json()
    assert {**first, "query_ms": None} == {**second, "query_ms": None}
    assert len(list((tmp_path / "cache").glob("tiny-*"))) == 1


def test_a_table_is_printed_for_people(run: Run, beir: Path) -> None:
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "sparse")
    assert "ndcg@10" in ended.out
    assert "0.667" in ended.out


def test_a_missing_model_is_exit_code_5_and_not_another_measurement(run: Run, beir: Path) -> None:
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "dense", "--json")
    assert (ended.code, ended.out) == (5, "")
    assert "models pull" in ended.err


def test_a_wrong_line_is_exit_code_2_and_named(run: Run, beir: Path) -> None:
    with (beir / "queries.jsonl").open("a") as stream:
        stream.write("{}\n")
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "queries.jsonl:5" in ended.err


def test_a_query_that_cannot_be_searched_for_is_a_value(run: Run, beir: Path) -> None:
    queries = beir / "queries.jsonl"
    queries.write_text(
        queries.read_text(encoding="utf-8").replace('"how is gout treated"', '"???"'), encoding="utf-8"
    )
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--json", "--report")
    found = ended.json()
    assert (ended.code, found["queries"], found["failed"]) == (3, 3, {"q1": "question_empty"})
    assert found["recall@10"] == 0.5  # of the two others


def test_rankings_leave_as_a_trec_run_and_score_the_same_when_they_come_back(
    run: Run, beir: Path, tmp_path: Path
) -> None:
    out, judged = tmp_path / "mine.run", tmp_path / "mine.qrels"
    words = (
        "eval",
        "retrieval",
        "--beir",
        beir,
        "--mode",
        "sparse",
        "--save-run",
        out,
        "--save-qrels",
        judged,
        "--json",
    )
    own = run(*words).json()
    back = run("eval", "trec", out, judged, "--json").json()
    metrics = ("ndcg@10", "recall@1", "recall@100", "mrr@10", "map")
    assert {name: back[name] for name in metrics} == {name: own[name] for name in metrics}
    assert back["queries"] == 3
    assert "ndcg@10" in run("eval", "trec", out, judged).out


def test_the_module_is_the_command(beir: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "eval", "retrieval", "--beir", beir, "--split", "dev"]
    ended = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "test" in ended.stderr
