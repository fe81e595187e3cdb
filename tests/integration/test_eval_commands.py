"""``traboule eval`` from the command line: one JSON document, the contract's fields, the contract's exit codes.

Searched with hashed words, so no model is needed: the numbers are of tiny collections whose right answers are known by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.homes import corpus_home, kept_under
from rag.cli import main
from rag.settings import load_settings

DISEASES = ("gout", "asthma", "migraine", "psoriasis", "sciatica")
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
ANSWERS_FIELDS = {"n", "answered", "means", "intervals", "unscored", "answers", "latency_ms"}
MEANS = {
    "citation_precision",
    "citation_recall",
    "faithfulness",
    "nugget_recall",
    "doc_hit",
    "quote_exact",
    "answer_language",
    "abstain_precision",
    "abstain_recall",
    "false_abstention",
}


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a command line as the shell would, on a machine without models."""
    monkeypatch.setenv("TRABOULE_MODELS__DIR", str(tmp_path / "no-models"))
    monkeypatch.setenv("LANG", "en")

    def ended(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["traboule", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return Ended(int(str(stopped.value.code)), shown.out, shown.err)

    return ended


def write_lines(path: Path, records: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """Five documents, one far longer than a passage with its subject at its end only; three judged queries, one without an answer."""
    folder = tmp_path / "beir" / "tiny"
    filler = "The weather was fine on that day and nothing else was seen. " * 40
    texts = {name: f"{name.capitalize()} is treated by the methods of chapter {number}." for number, name in enumerate(DISEASES)}
    texts["sciatica"] = filler + texts["sciatica"]
    write_lines(folder / "corpus.jsonl", [{"_id": f"d-{name}", "title": "", "text": text} for name, text in texts.items()])
    write_lines(
        folder / "queries.jsonl",
        [
            {"_id": "q1", "text": "how is gout treated"},
            {"_id": "q2", "text": "sciatica"},
            {"_id": "q3", "text": "migraine"},
            {"_id": "q4", "text": "gout"},
        ],
    )
    (folder / "qrels").mkdir()
    rows = ["query-id\tcorpus-id\tscore", "q1\td-gout\t1", "q2\td-sciatica\t2", "q3\td-asthma\t1", "q4\td-gout\t0"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n")
    return folder


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
    # Gout and sciatica are found first; asthma is not found by the word "migraine" at all. The means are 2 of 3.
    assert {query: scores["ndcg@10"] for query, scores in per_query.items()} == {"q1": 1.0, "q2": 1.0, "q3": 0.0}
    assert found["recall@1"] == found["mrr@10"] == found["map"] == found["recall@100"] == 0.666667


def test_a_cached_index_gives_the_same_numbers_and_remembers_its_speed(run: Run, beir: Path, tmp_path: Path) -> None:
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


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    for patient, side in (("P1", "left"), ("P2", "right")):
        path = folder / "patients" / patient / "2026-03-12_operative_report.md"
        path.parent.mkdir(parents=True)
        path.write_text(
            f"# Operative report\nTotal {side} hip replacement by the anterior approach. Blood loss was 350 ml.\n\n"
            f"## Treatment\nEnoxaparin 4000 units daily for 35 days.\n"
        )
    write_lines(folder / "papers.jsonl", [{"_id": "paper", "title": "Gout", "text": "Gout is treated with colchicine 0.5 mg."}])
    return folder


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_lines(
        tmp_path / "questions.jsonl",
        [
            {
                "_id": "dose",
                "question": "enoxaparin 4000 units daily for 35 days?",
                "language": "en",
                "patient_id": "P1",
                "answerable": True,
                "gold_docs": ["2026-03-12_operative_report.md"],
                "gold_quotes": ["4000 units daily"],
                "must_have": ["35 days|5 weeks", "4,000 units|4000 units"],
                "must_not": ["aspirin"],
            },
            {
                "_id": "heart",
                "question": "ejection fraction on echocardiography",
                "language": "en",
                "patient_id": "P1",
                "answerable": False,
            },
            {"_id": "none", "question": "???"},
        ],
    )


@pytest.fixture
def home(tmp_path: Path, corpus: Path, run: Run) -> Path:
    """A home in which the corpus was indexed with hashed words, as the demonstration does where there is no model."""
    folder = tmp_path / "home"
    kept = corpus_home(load_settings(folder), folder, corpus, keep=kept_under(folder), allow_fallback=True)
    with kept as (opened, _):
        opened.ingestor.ingest([corpus])
    return folder


def ask(run: Run, home: Path, corpus: Path, questions: Path, *more: object) -> Ended:
    return run("eval", "answers", "--corpus", corpus, "--questions", questions, "--no-llm", "--home", home, "--json", *more)


def test_answers_prints_one_json_document_with_the_fields_of_the_contract(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    found = ask(run, home, corpus, questions).json()
    assert found.keys() >= ANSWERS_FIELDS
    means, unscored = found["means"], found["unscored"]
    assert isinstance(means, dict)
    assert isinstance(unscored, dict)
    assert means.keys() >= MEANS
    assert (found["n"], found["answered"], found["failed"]) == (3, 1, {"none": "question_empty"})
    assert (means["nugget_recall"], means["doc_hit"], means["gold_quote_hit"], means["must_not"]) == (1.0, 1.0, 1.0, 0.0)
    assert (means["quote_exact"], means["wrong_patient"], means["invalid_markers"], means["citation_recall"]) == (1.0, 0.0, 0.0, 1.0)
    assert (means["abstain_precision"], means["abstain_recall"], means["false_abstention"]) == (1.0, 1.0, 0.0)
    assert unscored["nugget_recall"] == {"failed": 1, "unanswerable": 1}


def test_a_question_that_cannot_be_asked_is_exit_code_3(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    assert ask(run, home, corpus, questions).code == 3
    assert ask(run, home, corpus, questions, "--limit", 2).code == 0


def test_every_answer_is_a_line_with_its_scores(run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    assert ask(run, home, corpus, questions, "--answers", file).json()["answers"] == str(file)
    dose, heart, none = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert dose["answer"]["claims"][0]["citations"][0]["quote"] == "Enoxaparin 4000 units daily for 35 days."
    assert (dose["scores"]["doc_hit"], dose["unscored"]["abstain_recall"]) == (1.0, "answerable")
    assert (heart["answer"]["abstained"], heart["scores"]["abstain_recall"]) == (True, 1.0)
    assert (none["answer"], none["error"]) == (None, "question_empty")


def test_an_interrupted_run_goes_on_where_it_stopped(run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    whole = ask(run, home, corpus, questions, "--answers", file).json()
    kept = file.read_text(encoding="utf-8").splitlines(keepends=True)
    marked = kept[0].replace('"latency_ms": ', '"latency_ms": 98765')
    file.write_text(marked + kept[1][:50], encoding="utf-8")
    again = ask(run, home, corpus, questions, "--answers", file, "--resume").json()
    assert again["means"] == whole["means"]
    assert file.read_text(encoding="utf-8").splitlines()[0] == marked.strip()


def test_answers_over_a_corpus_that_is_not_there_is_exit_code_2(run: Run, home: Path, questions: Path, tmp_path: Path) -> None:
    ended = ask(run, home, tmp_path / "nowhere", questions)
    assert (ended.code, ended.out) == (2, "")
    assert "nowhere" in ended.err


def test_answers_are_not_quoted_in_silence_where_the_language_model_is_missing(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    ended = run("eval", "answers", "--corpus", corpus, "--questions", questions, "--home", home, "--json")
    assert (ended.code, ended.out) == (5, "")
    assert "--no-llm" in ended.err


def test_the_users_own_documents_take_no_part(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    ask(run, home, corpus, questions)
    assert run("documents", "--home", home, "--json").json()["count"] == 0


def suite_file(folder: Path, least: float) -> Path:
    path = folder / "mine.toml"
    path.write_text(
        f'[[runs]]\nname = "ask"\nmeasure = "answers"\ncorpus = "corpus"\nquestions = ["questions.jsonl"]\n'
        f"[runs.thresholds]\nquote_exact = {{ min = {least} }}\nwrong_patient = {{ max = 0.0 }}\n"
        f"citation_recall = {{ min = 2.0, llm_only = true }}\n"
        f'[[runs]]\nname = "search"\nmeasure = "retrieval"\nbeir = "beir/tiny"\nmode = "sparse"\n'
        f'[runs.thresholds]\n"ndcg@10" = {{ min = 0.6 }}\n'
    )
    return path


def test_a_suite_that_reaches_its_thresholds_passes(
    run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path
) -> None:
    ended = run("eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json")
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
        {"run": "ask", "metric": "quote_exact", "value": 1.0, "min": 1.1, "max": None},
        {"run": "ask", "metric": "failed", "value": 1.0, "min": None, "max": 0.0},  # the question "???"
    ]
    assert "ask.quote_exact" in ended.err


@pytest.fixture
def ran(run: Run, home: Path, corpus: Path, questions: Path, beir: Path, tmp_path: Path) -> Callable[[], dict[str, object]]:
    """Return a function that runs a suite and returns its JSON document."""

    def once() -> dict[str, object]:
        return run("eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json").json()

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


def test_a_suite_run_twice_gives_the_same_numbers_and_no_difference(run: Run, home: Path, ran: Callable[[], dict[str, object]]) -> None:
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


def test_a_suite_goes_on_where_it_was_interrupted(run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path) -> None:
    folder = report_of(ran()).parent
    (folder / "report.json").unlink()
    (folder / "runs" / "search.json").unlink()
    marked = folder / "runs" / "ask.json"
    marked.write_text(marked.read_text(encoding="utf-8").replace('"n": 2', '"n": 77'), encoding="utf-8")
    again = run("eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json", "--resume").json()
    assert report_of(again).parent == folder
    assert isinstance(again["runs"], dict)
    assert (again["runs"]["ask"]["n"], again["runs"]["search"]["queries"]) == (77, 2)  # the one was kept, the other done again


def test_a_suite_does_not_go_on_over_data_that_changed(run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path) -> None:
    folder = report_of(ran()).parent
    (folder / "report.json").unlink()
    questions = tmp_path / "questions.jsonl"
    questions.write_text(questions.read_text(encoding="utf-8").replace("35 days?", "35 days ?"), encoding="utf-8")
    again = run("eval", "suite", suite_file(tmp_path, 1.0), "--no-llm", "--limit", 2, "--home", home, "--json", "--resume").json()
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


def test_a_document_that_left_the_corpus_is_not_searched_any_more(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    (corpus / "more.md").write_text("# More\nAnother document about gout.\n")
    assert ask(run, home, corpus, questions).json()["documents"] == 4
    (corpus / "more.md").unlink()
    assert ask(run, home, corpus, questions).json()["documents"] == 3


def test_a_query_that_cannot_be_searched_for_is_a_value(run: Run, beir: Path) -> None:
    queries = beir / "queries.jsonl"
    queries.write_text(queries.read_text(encoding="utf-8").replace('"how is gout treated"', '"???"'), encoding="utf-8")
    ended = run("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--json", "--report")
    found = ended.json()
    assert (ended.code, found["queries"], found["failed"]) == (3, 3, {"q1": "question_empty"})
    assert found["recall@10"] == 0.5  # of the two others


def test_a_gold_document_that_is_not_there_counts_against_the_ranking(
    run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path
) -> None:
    gold = [
        {"_id": "1", "question": "gout colchicine", "gold_docs": ["paper"]},
        {"_id": "2", "question": "gout colchicine", "gold_docs": ["paper", "lost"]},
    ]
    write_lines(tmp_path / "gold.jsonl", [*gold, {"_id": "3", "question": "gout", "gold_docs": ["typo"]}])
    (tmp_path / "gold.toml").write_text(
        '[[runs]]\nname = "search"\nmeasure = "retrieval"\ncorpus = "corpus"\nquestions = ["gold.jsonl"]\nmode = "sparse"\n'
    )
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    ended = run("eval", "suite", tmp_path / "gold.toml", "--home", home, "--json")
    search = ended.json()["runs"]["search"]  # type: ignore[index,call-overload]
    assert {query: scores["recall@10"] for query, scores in search["per_query"].items()} == {"1": 1.0, "2": 0.5, "3": 0.0}
    assert (ended.code, search["documents_failed"]) == (3, 1)


def test_a_part_that_fails_is_a_value_and_the_others_go_on(run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path) -> None:
    file = suite_file(tmp_path, 1.0)
    ended = run("eval", "suite", file, "--no-llm", "--limit", 2, "--home", home, "--json")  # there is no beir folder
    found = ended.json()
    assert ended.code == 1
    assert isinstance(found["runs"], dict)
    assert found["runs"]["search"] == {"error": "eval_no_beir_file"}
    assert found["runs"]["ask"]["n"] == 2
    assert found["missed"] == [
        {"run": "search", "metric": "ndcg@10", "value": None, "min": 0.6, "max": None},
        {"run": "search", "metric": "failed", "value": None, "min": None, "max": 0.0},
    ]
    assert "corpus.jsonl" in report_of(found).with_name("report.html").read_text(encoding="utf-8")


def test_a_suite_of_which_nothing_can_be_done_is_its_error(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        '[[runs]]\nname = "x"\nmeasure = "verify"\ndataset = "medhallu"\n[runs.thresholds]\nauroc = { min = 0.5 }\n'
    )
    ended = run("eval", "suite", tmp_path / "bad.toml", "--home", home, "--data", tmp_path / "none", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "medhallu" in ended.err


def test_the_gate_is_closed_by_a_missed_threshold(run: Run, home: Path, ran: Callable[[], dict[str, object]], tmp_path: Path) -> None:
    report = report_of(ran())
    assert run("eval", "gate", report, "--home", home, "--json").json()["passed"] is True
    stricter = run("eval", "gate", report.parent, "--suite", suite_file(tmp_path, 1.1), "--home", home, "--json")
    assert (stricter.code, stricter.json()["missed"]) == (
        1,
        [{"run": "ask", "metric": "quote_exact", "value": 1.0, "min": 1.1, "max": None}],
    )


def test_reports_are_listed_and_made_again(run: Run, home: Path, ran: Callable[[], dict[str, object]]) -> None:
    report = report_of(ran())
    listed = run("eval", "report", "--home", home, "--json").json()["reports"]
    assert isinstance(listed, list)
    assert [found["name"] for found in listed] == [report.parent.name]
    page = report.with_name("report.html")
    assert "Enoxaparin" in page.read_text(encoding="utf-8")
    assert run("eval", "report", report.parent, "--without-texts", "--home", home).code == 0
    assert "Enoxaparin" not in page.read_text(encoding="utf-8")


def test_rankings_leave_as_a_trec_run_and_score_the_same_when_they_come_back(run: Run, beir: Path, tmp_path: Path) -> None:
    out, judged = tmp_path / "mine.run", tmp_path / "mine.qrels"
    words = ("eval", "retrieval", "--beir", beir, "--mode", "sparse", "--save-run", out, "--save-qrels", judged, "--json")
    own = run(*words).json()
    back = run("eval", "trec", out, judged, "--json").json()
    metrics = ("ndcg@10", "recall@1", "recall@100", "mrr@10", "map")
    assert {name: back[name] for name in metrics} == {name: own[name] for name in metrics}
    assert back["queries"] == 3
    assert "ndcg@10" in run("eval", "trec", out, judged).out


def test_any_answers_run_can_be_reported(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    ended = ask(run, home, corpus, questions, "--report")
    assert ended.json()["n"] == 3
    (folder,) = (home / "reports").glob("answers-*")
    assert "question_empty" in (folder / "report.md").read_text(encoding="utf-8")


def test_the_module_is_the_command(beir: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "eval", "retrieval", "--beir", beir, "--split", "dev"]
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "test" in ended.stderr
