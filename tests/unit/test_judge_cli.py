"""``traboule eval judge`` from the command line, where something is wrong: one line that says what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import eval.judge.opening as opening
from rag.cli import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs the command in a home of its own and gives exit code and standard error."""

    def ended(*words: object, language: str = "en") -> tuple[int, str]:
        for name in ("LC_ALL", "LC_MESSAGES", "TRABOULE_LANGUAGE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", language)
        monkeypatch.setattr(
            sys, "argv", ["traboule", "--home", str(tmp_path / "home"), "eval", "judge", *map(str, words)]
        )
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(str(stopped.value.code)), capsys.readouterr().err

    return ended


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is not installed here"), ("fr", "n'est pas installé ici")]
)
def test_without_ragas_the_command_says_what_to_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    code, said = run("some-report", language=language)
    assert code == 2
    assert words in said
    assert "make judge" in said


@pytest.mark.parametrize("given", [(), ("some-report", "--pairs", "file.jsonl")])
def test_either_a_report_or_pairs_are_named(run: Run, given: tuple[str, ...]) -> None:
    code, said = run(*given)
    assert code == 2
    assert "--pairs FILE" in said


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (("--pairs", "file.jsonl", "--metrics", "context_recall"), "--metrics"),
        (("--pairs", "file.jsonl", "--run", "answers"), "--run"),
        (("some-report", "--form", "medhallu"), "--form"),
    ],
)
def test_an_option_that_would_be_lost_is_refused(run: Run, given: tuple[str, ...], option: str) -> None:
    code, said = run(*given)
    assert code == 2
    assert f"The option {option}" in said


@pytest.mark.parametrize("metrics", ["faithfulness,truth", ","])
def test_unknown_metrics_are_refused_with_those_that_are_known(run: Run, metrics: str) -> None:
    code, said = run("some-report", "--metrics", metrics)
    assert code == 2
    assert "answer_relevancy" in said
