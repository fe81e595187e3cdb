"""``traboule eval choice`` and a suite of it from the command line, with a language model that always says the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.cli import main
from rag.errors import Unavailable
from rag.testing import ScriptedLLM

Ended = tuple[int, str, str]
Run = Callable[..., Ended]

QUESTIONS = [
    {"_id": "1", "question": "Is aspirin an antiplatelet drug?", "options": ["yes", "no"], "answer": "A", "language": "en"},
    {"_id": "2", "question": "Is paracetamol an antibiotic?", "options": ["yes", "no"], "answer": "B", "language": "en"},
    {"_id": "3", "question": "L'aspirine est-elle un antiagrégant ?", "options": ["yes", "no"], "answer": "A", "language": "fr"},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "exam.jsonl"
    path.write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS), encoding="utf-8")
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a command line as the shell would, on a machine without models, in a home of the test."""
    monkeypatch.setenv("TRABOULE_MODELS__DIR", str(tmp_path / "no-models"))
    monkeypatch.setenv("TRABOULE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "en")

    def ended(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["traboule", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return int(str(stopped.value.code)), shown.out, shown.err

    return ended


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedLLM], None]:
    """Return a function that puts a language model in the place of the one in the settings."""
    return lambda llm: monkeypatch.setattr("rag.models.llms.make_llm", lambda settings, folder: llm)


def test_the_model_alone_is_measured_reported_and_gone_on_with(run: Run, speaking: Callable[[ScriptedLLM], None], questions: Path) -> None:
    speaking(ScriptedLLM(script='{"answer": "A"}'))
    code, out, err = run("eval", "choice", "--questions", questions, "--report", "--json")
    document = json.loads(out)
    # A is right for 1 and 3, and it is the commonest answer, too
    assert (code, document["means"]["accuracy"], document["means"]["accuracy_majority"]) == (0, 0.666667, 0.666667)
    assert document["slices"]["language"]["en"]["accuracy"] == 0.5
    assert (document["evidence"], document["documents"], document["failed"]) == ("none", 0, {})
    page = Path(err.strip().removeprefix("Report: "))
    assert "Multiple choice" in page.read_text(encoding="utf-8")

    speaking(ScriptedLLM(script="", fails_with=Unavailable("llm_failed", reason="it must not be asked again")))
    code, out, _ = run("eval", "choice", "--questions", questions, "--resume")
    assert code == 0
    assert "0.667" in out
    assert "commonest answer" in out


def test_questions_that_fail_are_counted_and_the_exit_code_says_so(
    run: Run, speaking: Callable[[ScriptedLLM], None], questions: Path
) -> None:
    speaking(ScriptedLLM(script="", fails_with=ValueError("x")))
    code, out, _ = run("eval", "choice", "--questions", questions, "--json")
    document = json.loads(out)
    assert (code, document["means"]["accuracy"]) == (3, None)
    assert document["failed"] == dict.fromkeys("123", "unexpected:ValueError")
    assert document["unscored"]["accuracy"] == {"failed": 3}


def test_a_suite_measures_choices_and_holds_them_to_thresholds(
    run: Run, speaking: Callable[[ScriptedLLM], None], questions: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "exam.toml"
    suite.write_text('[[runs]]\nname = "exam"\nmeasure = "choice"\nquestions = ["exam.jsonl"]\nthresholds = { accuracy = { min = 0.9 } }\n')
    speaking(ScriptedLLM(script='{"answer": "A"}'))
    code, out, err = run("eval", "suite", suite, "--json")
    document = json.loads(out)
    assert (code, document["passed"], document["runs"]["exam"]["means"]["accuracy"]) == (1, False, 0.666667)
    assert "exam.accuracy is 0.667, should be at least 0.9" in err.replace("\n", " ")
    code, out, err = run("eval", "suite", suite, "--no-llm")
    assert code == 2
    assert "llm.kind" in err.replace("\n", " ")


def test_what_is_wrong_is_said_before_anything_is_asked(run: Run, questions: Path, tmp_path: Path) -> None:
    code, _, err = run("eval", "choice", "--questions", questions, "--no-context")
    assert (code, "models pull" in err) == (5, True)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"_id": "1", "question": "q?", "options": ["a", "b"], "answer": "Z"}\n')
    code, _, err = run("eval", "choice", "--questions", bad)
    assert (code, f"{bad}:1: the field answer" in err) == (2, True)
