"""Suites are declared, checked when read, and fail on what was missed or not measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.datasets.declared import dataset
from eval.report.document import MetricJson, RunJson
from eval.suite import Missed, Threshold, known_suites, load_suite, missed, place, question_files, reached
from rag.demo import corpus_folder, questions_folder
from rag.errors import UsageError

GOOD = """
[[runs]]
name = "mine"
measure = "answers"
corpus = "notes"
questions = ["q"]
[runs.thresholds]
quote_exact = { min = 1.0 }
"""


def test_every_bundled_suite_can_be_read_and_finds_what_is_bundled() -> None:
    assert known_suites() == ["answers", "choice", "demo", "faithfulness", "isolation", "languages", "retrieval", "smoke"]
    for name in known_suites():
        suite, folder = load_suite(name)
        assert suite.about_en
        assert suite.about_fr
        for run in suite.runs:
            assert run.thresholds
            if run.dataset:
                assert dataset(run.dataset, run.measure).licence
            elif run.measure == "verify":
                assert place(run.pairs or "", folder).is_file()
            else:
                assert place(run.corpus or "", folder).is_dir()
                assert question_files(run.questions, folder)


@pytest.mark.parametrize("name", ["smoke", "isolation"])
def test_suites_for_continuous_integration_need_no_language_model_and_no_data(name: str) -> None:
    suite, _ = load_suite(name)
    assert all(run.dataset is None for run in suite.runs)
    assert not any(run.measure == "answers" and run.llm for run in suite.runs)


def test_a_threshold_may_be_of_a_slice() -> None:
    run = RunJson(
        name="r",
        measure="answers",
        metrics={"nugget_recall": MetricJson(mean=0.5, n=2)},
        slices={"language": {"fr": {"nugget_recall": MetricJson(mean=0.4, n=1)}}},
    )
    assert reached(run) == {"nugget_recall": 0.5, "nugget_recall[language=fr]": 0.4}


def test_the_demo_suite_asks_every_bundled_question() -> None:
    suite, folder = load_suite("demo")
    (run,) = suite.runs
    assert run.measure == "answers"
    assert place(run.corpus or "", folder) == corpus_folder()
    assert question_files(run.questions, folder) == sorted(questions_folder().glob("*.jsonl"))


def test_paths_start_from_the_file_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "one.jsonl").write_text("")
    suite, folder = load_suite(str(tmp_path / "mine.toml"))
    run = suite.runs[0]
    assert run.measure == "answers"
    assert place(run.corpus or "", folder) == tmp_path / "notes"
    assert question_files(run.questions, folder) == [tmp_path / "q" / "one.jsonl"]


@pytest.mark.parametrize("name", ["nothing", "../suites/demo", "/no/such.toml"])
def test_a_suite_that_does_not_exist_is_reported_with_those_that_do(name: str) -> None:
    with pytest.raises(UsageError, match="demo"):
        load_suite(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("runs = [", "Invalid"),
        ("", "runs"),
        (GOOD.replace("measure", "mesure"), "measure"),
        (GOOD.replace("min", "least"), "least"),
        (GOOD + "\ncolour = 1", "colour"),
        (GOOD + GOOD, "same name"),
        (GOOD.replace('name = "mine"', 'name = "a/b"'), "name"),
        (GOOD.replace('corpus = "notes"', 'dataset = "kqa"\ncorpus = "notes"'), "either dataset"),
        (GOOD.replace('corpus = "notes"', ""), "either dataset"),
    ],
)
def test_a_file_that_is_no_suite_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_suite(str(tmp_path / "bad.toml"))
    assert caught.value.key == "eval_suite_bad"
    assert reason in str(caught.value.variables["reason"])


def test_a_threshold_holds_at_its_limit_and_fails_beyond() -> None:
    thresholds = {"recall": Threshold(min=0.5), "must_not": Threshold(max=0.1)}
    assert list(missed("run", thresholds, {"recall": 0.5, "must_not": 0.1})) == []
    assert list(missed("run", thresholds, {"recall": 0.49, "must_not": 0.11})) == [
        Missed("run", "recall", 0.49, 0.5, None),
        Missed("run", "must_not", 0.11, None, 0.1),
    ]


def test_what_could_not_be_measured_fails_its_threshold() -> None:
    assert list(missed("run", {"recall": Threshold(min=0.0)}, {"recall": None})) == [Missed("run", "recall", None, 0.0, None)]
    assert list(missed("run", {"recal": Threshold(min=0.0)}, {"recall": 1.0})) == [Missed("run", "recal", None, 0.0, None)]
