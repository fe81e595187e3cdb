"""``traboule eval choice`` and a suite of it from the command line, with a language model that always says
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.core.errors import Unavailable
from rag.testing import ScriptedLLM
from tests.integration.evaluation.conftest import Run, write_lines

QUESTIONS = [
    {
        "_id": "1",
        "question": "Is aspirin an antiplatelet drug?",
        "options": ["yes", "no"],
        "answer": "A",
        "language": "en",
    },
    {
        "_id": "2",
        "question": "Is paracetamol an antibiotic?",
        "options": ["yes", "no"],
        "answer": "B",
        "language": "en",
    },
    {
        "_id": "3",
        "question": "L'aspirine est-elle un antiagrégant ?",
        "options": ["yes", "no"],
        "answer": "A",
        "language": "fr",
    },
]


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "exam.jsonl", QUESTIONS)


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedLLM], None]:
    """Return a function that puts a language model in the place of the one in the settings."""
    return lambda llm: monkeypatch.setattr("rag.models.llm.llms.make_llm", lambda settings, folder: llm)


def test_the_model_alone_is_measured_reported_and_gone_on_with(
    run: Run, speaking: Callable[[ScriptedLLM], None], exam: Path
) -> None:
    speaking(ScriptedLLM(script='{"answer": "A"}'))
    ended = run("eval", "choice", "--questions", exam, "--report", "--json")
    document = ended.json()
    # A is right for 1 and 3, and it is the commonest answer, too
    assert (ended.code, document["means"]["accuracy"], document["means"]["accuracy_majority"]) == (
        0,
        0.666667,
        0.666667,
    )
    assert document["slices"]["language"]["en"]["accuracy"] == 0.5
    assert (document["evidence"], document["documents"], document["failed"]) == ("none", 0, {})
    page = Path(ended.err.strip().removeprefix("Report: "))
    assert "Multiple choice" in page.read_text(encoding="utf-8")

    speaking(
        ScriptedLLM(script="", fails_with=Unavailable("llm_failed", reason="it must not be asked again"))
    )
    ended = run("eval", "choice", "--questions", exam, "--resume")
    assert ended.code == 0
    assert "0.667" in ended.out
    assert "commonest answer" in ended.out


def test_questions_that_fail_are_counted_and_the_exit_code_says_so(
    run: Run, speaking: Callable[[ScriptedLLM], None], exam: Path
) -> None:
    speaking(ScriptedLLM(script="", fails_with=ValueError("x")))
    ended = run("eval", "choice", "--questions", exam, "--json")
    document = ended.json()
    assert (ended.code, document["means"]["accuracy"]) == (3, None)
    assert document["failed"] == dict.fromkeys("123", "unexpected:ValueError")
    assert document["unscored"]["accuracy"] == {"failed": 3}


def test_a_suite_measures_choices_and_holds_them_to_thresholds(
    run: Run, speaking: Callable[[ScriptedLLM], None], exam: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "exam.toml"
    suite.write_text(
        '[[runs]]\nname = "exam"\nmeasure = "choice"\nquestions = ["exam.jsonl"]\nthresholds = { accuracy = {'
        " min = 0.9 } }\n"
    )
    speaking(ScriptedLLM(script='{"answer": "A"}'))
    ended = run("eval", "suite", suite, "--json")
    document = ended.json()
    assert (ended.code, document["passed"], document["runs"]["exam"]["means"]["accuracy"]) == (
        1,
        False,
        0.666667,
    )
    assert "exam.accuracy is 0.667, should be at least 0.9" in ended.err.replace("\n", " ")
    ended = run("eval", "suite", suite, "--no-llm")
    assert ended.code == 2
    assert "llm.kind" in ended.err.replace("\n", " ")


def test_what_is_wrong_is_said_before_anything_is_asked(run: Run, exam: Path, tmp_path: Path) -> None:
    ended = run("eval", "choice", "--questions", exam, "--no-context")
    assert (ended.code, "models pull" in ended.err) == (5, True)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"_id": "1", "question": "q?", "options": ["a", "b"], "answer": "Z"}\n')
    ended = run("eval", "choice", "--questions", bad)
    assert (ended.code, f"{bad}:1: the field answer" in ended.err) == (2, True)
