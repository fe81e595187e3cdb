"""The answers file: what is written comes back, an interrupted run goes on, another run's answers are
refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.answers.interview import AnswersFile, Asked, ask
from eval.answers.outage import ASKED_AGAIN, Outage
from eval.statistics.scores import Unscored
from rag.core.errors import StorageError, Unavailable, UsageError
from rag.core.types import Answer, Notice
from rag.pipeline import Question
from tests.unit.scoring import COVERAGE, TRACE, answer, asked, cite, claim

QUESTION = asked("Which hip?", language="en")
ASKED = Asked(
    QUESTION,
    answer(claim("Left hip replaced.", cite("hip", "Left hip replaced."))),
    12.5,
    None,
    {"hit": 1.0, "must_not": Unscored("none")},
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


def test_a_score_comes_back_to_the_last_place(file: AnswersFile) -> None:
    third = Asked(QUESTION, ASKED.answer, 1.0, None, {"hit": 2 / 3})
    file.add(third)
    assert file.known([QUESTION])["1"].scores == {
        "hit": 2 / 3
    }  # else a resumed run would differ from one that was not interrupted


@pytest.mark.parametrize("error", sorted(ASKED_AGAIN))
def test_a_question_that_the_model_failed_is_asked_again_and_its_later_answer_holds(
    file: AnswersFile, error: str
) -> None:
    file.add(Asked(QUESTION, None, 0.0, error, {"hit": Unscored("failed")}))
    assert file.known([QUESTION]) == {}
    file.add(ASKED)
    assert file.known([QUESTION]) == {"1": ASKED}


@dataclass(frozen=True, slots=True)
class Said:
    """A system that answers with a notice."""

    notices: tuple[Notice, ...]

    def answer(self, question: Question, *, use_llm: bool = True) -> Answer:
        return Answer(
            question.text,
            "en",
            "",
            True,
            "no_evidence",
            (),
            (),
            (),
            (),
            COVERAGE,
            0,
            TRACE,
            notices=self.notices,
        )


@pytest.mark.parametrize("notice", ["llm_unavailable", "llm_stopped"])
def test_an_answer_that_the_model_did_not_write_is_none_of_the_model(notice: Notice) -> None:
    failed = ask(Said((notice,)), QUESTION, use_llm=True)
    assert (failed.answer, failed.error) == (None, notice)
    assert ask(Said(("several_patients",)), QUESTION, use_llm=True).answer is not None
    assert ask(Said((notice,)), QUESTION, use_llm=False).answer is not None


def test_three_failures_of_the_model_in_a_row_end_the_run_and_others_do_not() -> None:
    outage = Outage()
    for error in ("llm_timeout", "llm_unavailable", None, "llm_stopped", "llm_timeout"):
        outage.heed(error, wrote=error is None)
    for error in (
        "question_empty",
        None,
    ):  # it could not be asked, or was abstained from before the model was needed
        outage.heed(error, wrote=False)
    with pytest.raises(Unavailable) as caught:
        outage.heed("llm_unavailable", wrote=False)
    assert caught.value.key == "eval_model_lost"
    assert "--resume" in caught.value.describe("en")


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
