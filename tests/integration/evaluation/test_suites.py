"""``traboule eval suite``, ``compare``, ``gate`` and ``report``: thresholds, interruptions, failures, the
same numbers twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.evaluation.conftest import Run, write_lines


def suite_file(folder: Path, least: float) -> Path:
    path = folder / "mine.toml"
    path.write_text(
        '[[runs]]\nname = "ask"\nmeasure = "answers"\ncorpus = "corpus"\nquestions = ["questions.jsonl"]\n'
        f"[runs.thresholds]\nquote_exact = {{ min = {least} }}\nwrong_patient = {{ max = 0.0 }}\n"
        "citation_recall = { min = 2.0, llm_only = true }\n"
        '[[runs]]\nname = "search"\nmeasure = "retrieval"\nbeir = "beir/tiny"\nmode = "sparse"\n'
        '[runs.thresholds]\n"ndcg@10" = { min = 0.6 }\n'
    )
    return path


@pytest.fixture
def ran(
    run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path
) -> Callable[[], dict[str, object]]:
    """Return a function that runs a suite and returns its JSON document."""

    def once() -> dict[str, object]:
        return run(
            "eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json"
        ).json()

    return once


def report_of(found: dict[str, object]) -> Path:
    files = found["report"]
    assert isinstance(files, dict)
    return Path(files["json"])


def numbers(file: Path) -> list[object]:
    """Everything measured, without times of day and of the clock."""
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    times = ("latencies_ms", "figures")
    return [{name: value for name, value in found.items() if name not in times} for found in runs]


def test_a_suite_that_reaches_its_thresholds_passes(
    run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path
) -> None:
    ended = run(
        "eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json"
    )
    found = ended.json()
    assert (ended.code, found["passed"], found["missed"]) == (0, True, [])
    assert isinstance(found["runs"], dict)
    assert found["runs"].keys() == {"ask", "search"}


def test_a_suite_that_misses_a_threshold_is_exit_code_1_and_says_which(
    run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path
) -> None:
    ended = run("eval", "suite", suite_file(tmp_path, 1.1), "--no-llm", "--home", home, "--json")
    missed = ended.json()["missed"]
    assert ended.code == 1
    assert missed == [
        {"run": "ask", "metric": "failed", "value": 1.0, "min": None, "max": 0.0},  # the question "???"
        {"run": "ask", "metric": "quote_exact", "value": 1.0, "min": 1.1, "max": None},
    ]
    assert "ask.quote_exact" in ended.err


def test_a_suite_run_twice_gives_the_same_numbers_and_no_difference(
    run: Run, home: Path, ran: Callable[[], dict[str, object]]
) -> None:
    first, second = report_of(ran()), report_of(ran())
    assert first != second
    assert numbers(first) == numbers(second)
    compared = run("eval", "compare", first, second, "--home", home, "--json").json()
    assert isinstance(compared["runs"], list)
    assert {change["verdict"] for part in compared["runs"] for change in part["changes"]} == {"same"}
    assert "the same" in run("eval", "compare", first.parent, second.parent, "--home", home).out


def test_reports_of_different_data_are_compared_by_force_only(
    run: Run, home: Path, corpus: Path, ran: Callable[[], dict[str, object]]
) -> None:
    first = report_of(ran())
    (corpus / "more.md").write_text("# More\nAnother document about gout.\n")
    second = report_of(ran())
    refused = run("eval", "compare", first, second, "--home", home, "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    assert run("eval", "compare", first, second, "--home", home, "--json", "--force").code == 0


def test_a_suite_goes_on_where_it_was_interrupted(
    run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path
) -> None:
    folder = report_of(ran()).parent
    (folder / "report.json").unlink()
    (folder / "runs" / "search.json").unlink()
    marked = folder / "runs" / "ask.json"
    marked.write_text(marked.read_text(encoding="utf-8").replace('"n": 2', '"n": 77'), encoding="utf-8")
    again = run(
        "eval",
        "suite",
        suite_file(tmp_path, 1.0),
        "--no-llm",
        "--limit",
        2,
        "--home",
        home,
        "--json",
        "--resume",
    ).json()
    assert report_of(again).parent == folder
    assert isinstance(again["runs"], dict)
    assert (again["runs"]["ask"]["n"], again["runs"]["search"]["queries"]) == (
        77,
        2,
    )  # the one was kept, the other done again


def test_a_suite_does_not_go_on_over_data_that_changed(
    run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path
) -> None:
    folder = report_of(ran()).parent
    (folder / "report.json").unlink()
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        questions.read_text(encoding="utf-8").replace("35 days?", "35 days ?"), encoding="utf-8"
    )
    again = run(
        "eval",
        "suite",
        suite_file(tmp_path, 1.0),
        "--no-llm",
        "--limit",
        2,
        "--home",
        home,
        "--json",
        "--resume",
    ).json()
    assert report_of(again).parent != folder


def test_a_suite_whose_model_is_missing_is_not_finished_and_goes_on_later(
    run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        '[[runs]]\nname = "search"\nmeasure = "retrieval"\nbeir = "beir/tiny"\nmode = "sparse"\n'
        '[[runs]]\nname = "ask"\nmeasure = "answers"\ncorpus = "corpus"\nquestions = ["questions.jsonl"]\n'
    )
    words = ("eval", "suite", tmp_path / "mine.toml", "--home", home, "--json")
    assert run(*words).code == 5  # the language model is not there
    (folder,) = (home / "reports").glob("mine-*")
    assert ((folder / "runs" / "search.json").is_file(), (folder / "report.json").exists()) == (True, False)
    assert run(*words, "--resume").code == 5
    assert len(list((home / "reports").glob("mine-*"))) == 1


def test_a_gold_document_that_is_not_there_counts_against_the_ranking(
    run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path
) -> None:
    gold = [
        {"_id": "1", "question": "gout colchicine", "gold_docs": ["paper"]},
        {"_id": "2", "question": "gout colchicine", "gold_docs": ["paper", "lost"]},
    ]
    write_lines(tmp_path / "gold.jsonl", [*gold, {"_id": "3", "question": "gout", "gold_docs": ["typo"]}])
    (tmp_path / "gold.toml").write_text(
        '[[runs]]\nname = "search"\nmeasure = "retrieval"\ncorpus = "corpus"\nquestions ='
        ' ["gold.jsonl"]\nmode = "sparse"\n'
    )
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    ended = run("eval", "suite", tmp_path / "gold.toml", "--home", home, "--json")
    search = ended.json()["runs"]["search"]  # type: ignore[index,call-overload]
    assert {query: scores["recall@10"] for query, scores in search["per_query"].items()} == {
        "1": 1.0,
        "2": 0.5,
        "3": 0.0,
    }
    assert (ended.code, search["documents_failed"]) == (3, 1)


def test_a_part_that_fails_is_a_value_and_the_others_go_on(
    run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path
) -> None:
    file = suite_file(tmp_path, 1.0)
    ended = run(
        "eval", "suite", file, "--no-llm", "--limit", 2, "--home", home, "--json"
    )  # there is no beir folder
    found = ended.json()
    assert ended.code == 1
    assert isinstance(found["runs"], dict)
    assert found["runs"]["search"] == {"error": "eval_no_beir_file"}
    assert found["runs"]["ask"]["n"] == 2
    assert found["missed"] == [
        {"run": "search", "metric": "failed", "value": None, "min": None, "max": 0.0},
        {"run": "search", "metric": "ndcg@10", "value": None, "min": 0.6, "max": None},
    ]
    assert "corpus.jsonl" in report_of(found).with_name("report.html").read_text(encoding="utf-8")


def test_a_suite_of_which_nothing_can_be_done_is_its_error(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        '[[runs]]\nname = "x"\nmeasure = "verify"\ndataset = "medhallu"\n[runs.thresholds]\nauroc = { min ='
        " 0.5 }\n"
    )
    ended = run("eval", "suite", tmp_path / "bad.toml", "--home", home, "--data", tmp_path / "none", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "medhallu" in ended.err


def test_the_gate_is_closed_by_a_missed_threshold(
    run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path
) -> None:
    report = report_of(ran())
    assert run("eval", "gate", report, "--home", home, "--json").json()["passed"] is True
    stricter = run(
        "eval", "gate", report.parent, "--suite", suite_file(tmp_path, 1.1), "--home", home, "--json"
    )
    assert (stricter.code, stricter.json()["missed"]) == (
        1,
        [{"run": "ask", "metric": "quote_exact", "value": 1.0, "min": 1.1, "max": None}],
    )


def test_reports_are_listed_and_made_again(
    run: Run, home: Path, ran: Callable[[], dict[str, object]]
) -> None:
    report = report_of(ran())
    listed = run("eval", "report", "--home", home, "--json").json()["reports"]
    assert isinstance(listed, list)
    assert [found["name"] for found in listed] == [report.parent.name]
    page = report.with_name("report.html")
    assert "Enoxaparin" in page.read_text(encoding="utf-8")
    assert run("eval", "report", report.parent, "--without-texts", "--home", home).code == 0
    assert "Enoxaparin" not in page.read_text(encoding="utf-8")
