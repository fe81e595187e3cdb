"""``traboule eval answers``: one JSON document, the fields and exit codes of the contract, a line for every
answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.evaluation.conftest import Run, ask

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


def test_answers_prints_one_json_document_with_the_fields_of_the_contract(
    run: Run, home: Path, corpus: Path, questions: Path
) -> None:
    found = ask(run, home, corpus, questions).json()
    assert found.keys() >= ANSWERS_FIELDS
    means, unscored = found["means"], found["unscored"]
    assert isinstance(means, dict)
    assert isinstance(unscored, dict)
    assert means.keys() >= MEANS
    assert (found["n"], found["answered"], found["failed"]) == (3, 1, {"none": "question_empty"})
    assert (means["nugget_recall"], means["doc_hit"], means["gold_quote_hit"], means["must_not"]) == (
        1.0,
        1.0,
        1.0,
        0.0,
    )
    assert (
        means["quote_exact"],
        means["wrong_patient"],
        means["invalid_markers"],
        means["citation_recall"],
    ) == (1.0, 0.0, 0.0, 1.0)
    assert (means["abstain_precision"], means["abstain_recall"], means["false_abstention"]) == (1.0, 1.0, 0.0)
    assert unscored["nugget_recall"] == {"failed": 1, "unanswerable": 1}


def test_a_question_that_cannot_be_asked_is_exit_code_3(
    run: Run, home: Path, corpus: Path, questions: Path
) -> None:
    assert ask(run, home, corpus, questions).code == 3
    assert ask(run, home, corpus, questions, "--limit", 2).code == 0


def test_every_answer_is_a_line_with_its_scores(
    run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    assert ask(run, home, corpus, questions, "--answers", file).json()["answers"] == str(file)
    dose, heart, none = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert dose["answer"]["claims"][0]["citations"][0]["quote"].startswith(
        "Enoxaparin 4000 units daily for 35 days"
    )
    assert (dose["scores"]["doc_hit"], dose["unscored"]["abstain_recall"]) == (1.0, "answerable")
    assert (heart["answer"]["abstained"], heart["scores"]["abstain_recall"]) == (True, 1.0)
    assert (none["answer"], none["error"]) == (None, "question_empty")


def test_an_interrupted_run_goes_on_where_it_stopped(
    run: Run, home: Path, corpus: Path, questions: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    whole = ask(run, home, corpus, questions, "--answers", file).json()
    kept = file.read_text(encoding="utf-8").splitlines(keepends=True)
    marked = kept[0].replace('"latency_ms": ', '"latency_ms": 98765')
    file.write_text(marked + kept[1][:50], encoding="utf-8")
    again = ask(run, home, corpus, questions, "--answers", file, "--resume").json()
    assert again["means"] == whole["means"]
    assert file.read_text(encoding="utf-8").splitlines()[0] == marked.strip()


def test_answers_over_a_corpus_that_is_not_there_is_exit_code_2(
    run: Run, home: Path, questions: Path, tmp_path: Path
) -> None:
    ended = ask(run, home, tmp_path / "nowhere", questions)
    assert (ended.code, ended.out) == (2, "")
    assert "nowhere" in ended.err


def test_answers_are_not_quoted_in_silence_where_the_language_model_is_missing(
    run: Run, home: Path, corpus: Path, questions: Path
) -> None:
    ended = run("eval", "answers", "--corpus", corpus, "--questions", questions, "--home", home, "--json")
    assert (ended.code, ended.out) == (5, "")
    assert "--no-llm" in ended.err


def test_the_users_own_documents_take_no_part(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    ask(run, home, corpus, questions)
    assert run("documents", "--home", home, "--json").json()["count"] == 0


def test_a_document_that_left_the_corpus_is_not_searched_any_more(
    run: Run, home: Path, corpus: Path, questions: Path
) -> None:
    (corpus / "more.md").write_text("# More\nAnother document about gout.\n")
    assert ask(run, home, corpus, questions).json()["documents"] == 4
    (corpus / "more.md").unlink()
    assert ask(run, home, corpus, questions).json()["documents"] == 3


def test_any_answers_run_can_be_reported(run: Run, home: Path, corpus: Path, questions: Path) -> None:
    ended = ask(run, home, corpus, questions, "--report")
    assert ended.json()["n"] == 3
    (folder,) = (home / "reports").glob("answers-*")
    assert "question_empty" in (folder / "report.md").read_text(encoding="utf-8")
