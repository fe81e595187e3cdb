"""Suites are declared, checked when read, and fail on what was missed or not measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from eval.datasets.declarations import dataset
from eval.report.document import ItemJson, MetricJson, ReportJson, RunJson
from eval.report.summary import metrics_of
from eval.report.words import figure
from eval.suites.declaration import (
    Missed,
    Suite,
    Threshold,
    known_suites,
    load_suite,
    missed,
    place,
    question_files,
    reached,
)
from eval.suites.gate import gated
from eval.suites.run import judged
from rag.core.errors import UsageError
from rag.demo import corpus_folder, questions_folder

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
    assert known_suites() == [
        "answers",
        "choice",
        "demo",
        "dossier",
        "faithfulness",
        "isolation",
        "languages",
        "parts",
        "retrieval",
        "smoke",
    ]
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
    assert reached(run) == {"nugget_recall": 0.5, "nugget_recall[language=fr]": 0.4, "failed": 0.0}


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
        (GOOD.replace("{ min = 1.0 }", "{}"), "min, max or both"),
        (GOOD.replace("{ min = 1.0 }", "{ llm_only = true }"), "min, max or both"),
        (GOOD.replace("1.0", "nan"), "finite"),
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
    assert list(missed("run", {"recall": Threshold(min=0.0)}, {"recall": None})) == [
        Missed("run", "recall", None, 0.0, None)
    ]
    assert list(missed("run", {"recal": Threshold(min=0.0)}, {"recall": 1.0})) == [
        Missed("run", "recal", None, 0.0, None)
    ]


def part(name: str, *, failed: int = 0, error: str | None = None, **means: float) -> RunJson:
    metrics = {metric: MetricJson(mean=mean, n=2) for metric, mean in means.items()}
    return RunJson(
        name=name,
        measure="answers",
        failed={str(number): "x" for number in range(failed)},
        metrics=metrics,
        error=error,
    )


def two_runs(**borne: Mapping[str, float]) -> Suite:
    """A suite of two runs, of which the first has a threshold; ``borne`` are those of the second."""
    run = {"measure": "answers", "dataset": "kqa"}
    first = {**run, "name": "one", "thresholds": {"recall": {"min": 0.5}}}
    return Suite.model_validate({"runs": [first, {**run, "name": "two", "thresholds": borne}]})


def test_questions_that_could_not_be_asked_close_the_gate_unless_the_suite_bears_them() -> None:
    runs = [part("one", recall=1.0), part("two", failed=1)]
    assert judged(two_runs(), runs).missed == (Missed("two", "failed", 1.0, None, 0.0),)
    assert judged(two_runs(failed={"max": 1}), runs).missed == ()


def test_a_run_that_could_not_be_done_closes_the_gate_though_it_has_no_threshold() -> None:
    assert judged(two_runs(), [part("one", recall=1.0), part("two", error="no data")]).missed == (
        Missed("two", "failed", None, None, 0.0),
    )


def test_a_suite_without_thresholds_asks_for_nothing_and_no_gate_is_closed_by_it(tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text('[[runs]]\nname = "one"\nmeasure = "answers"\ndataset = "kqa"\n')
    runs = [part("one", failed=1)]
    assert judged(load_suite(str(tmp_path / "bare.toml"))[0], runs).applied == ()
    with pytest.raises(UsageError) as caught:
        gated(ReportJson(name="r", created="2026", suite="s", runs=runs), str(tmp_path / "bare.toml"))
    assert caught.value.key == "gate_nothing_applies"


def test_one_leak_in_many_questions_does_not_round_to_none() -> None:
    items = [
        ItemJson(id=str(number), scores={"wrong_patient": float(number == 0)}) for number in range(25_000)
    ]
    mean = metrics_of(["wrong_patient"], items)["wrong_patient"].mean
    assert mean is not None
    assert mean == 0.00004
    assert list(missed("r", {"wrong_patient": Threshold(max=0.0)}, {"wrong_patient": mean})) != []
    assert (figure(mean), figure(0.99996), figure(0.0), figure(1.0), figure(0.5)) == (
        "0.000040",
        "0.999960",
        "0.000",
        "1.000",
        "0.500",
    )
