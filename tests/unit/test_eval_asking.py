"""The answers file: what is written comes back, an interrupted run goes on, another run's answers are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.asking import AnswersFile, Asked
from eval.scores import Unscored
from rag.errors import StorageError, UsageError
from tests.unit.scoring import answer, asked, cite, claim

QUESTION = asked("Which hip?", language="en")
ASKED = Asked(
    QUESTION, answer(claim("Left hip replaced.", cite("hip", "Left hip replaced."))), 12.5, None, {"hit": 1.0, "must_not": Unscored("none")}
)


@pytest.fixture
def file(tmp_path: Path) -> AnswersFile:
    made = AnswersFile(tmp_path / "deep" / "answers.jsonl", "run-1")
    made.begin()
    return made


def test_an_answer_comes_back_as_it_was_written(file: AnswersFile) -> None:
    file.add(ASKED)
    assert file.known([QUESTION]) == {"1": ASKED}


def test_a_question_that_failed_comes_back_with_its_error(file: AnswersFile) -> None:
    failed = Asked(QUESTION, None, 0.0, "question_too_long", {"hit": Unscored("failed")})
    file.add(failed)
    assert file.known([QUESTION]) == {"1": failed}


def test_every_line_can_be_read_by_itself(file: AnswersFile) -> None:
    file.add(ASKED)
    line = json.loads(file.path.read_text(encoding="utf-8"))
    assert (line["_id"], line["question"], line["scores"], line["unscored"]) == (
        "1",
        "Which hip?",
        {"hit": 1.0, "must_not": None},
        {"must_not": "none"},
    )
    assert line["answer"]["claims"][0]["citations"][0]["quote"] == "Left hip replaced."


def test_a_line_cut_short_is_dropped_and_asked_again(file: AnswersFile) -> None:
    file.add(ASKED)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + whole[: len(whole) // 2])
    assert list(file.known([QUESTION])) == ["1"]
    assert file.path.read_bytes() == whole


def test_answers_of_another_run_are_refused(file: AnswersFile) -> None:
    file.add(ASKED)
    with pytest.raises(UsageError) as caught:
        AnswersFile(file.path, "run-2").known([QUESTION])
    assert caught.value.key == "eval_answers_differ"


def test_nothing_to_resume_is_a_new_file(tmp_path: Path) -> None:
    made = AnswersFile(tmp_path / "answers.jsonl", "run-1")
    assert made.known([QUESTION]) == {}
    assert made.path.read_text() == ""


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        AnswersFile(tmp_path / "file" / "answers.jsonl", "run-1").begin()
    assert caught.value.key == "eval_answers_not_written"
