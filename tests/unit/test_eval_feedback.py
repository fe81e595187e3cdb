"""Feedback becomes candidates, a person decides, and what was decided outlives every later export."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from eval.datasets.questions import EvalQuestion, read_questions
from eval.feedback.candidates import Candidate, candidate
from eval.feedback.files import confirm, export
from rag.contract import AnswerJson
from rag.core.errors import StorageError, UsageError
from rag.store.people.conversations import Feedback
from rag.store.people.ratings import RatedTurn
from tests.unit.scoring import DOCUMENTS, answer, cite, claim

HIP_SAYS, FEVER_SAYS = "Left hip replaced.", "No fever."
TWO = answer(claim(HIP_SAYS, cite("hip", HIP_SAYS)), claim(FEVER_SAYS, cite("hip", FEVER_SAYS)))
NONE = answer()


def texts(doc_ids: Iterable[str]) -> Mapping[str, str]:
    return {doc_id: DOCUMENTS[doc_id].text for doc_id in doc_ids if doc_id in DOCUMENTS}


def rated(
    *said: tuple[int | None, str], given: AnswerJson = TWO, turn_id: str = "t1", comment: str = ""
) -> RatedTurn:
    remarks = tuple(Feedback(turn_id, place, verdict, comment) for place, verdict in said)
    return RatedTurn(
        turn_id, "2026-03-01", "Which hip was replaced?", "P1", (), given.to_json(), remarks, "2026-03-02"
    )


def made(
    *said: tuple[int | None, str], given: AnswerJson = TWO, turn_id: str = "t1", comment: str = ""
) -> Candidate:
    return candidate(rated(*said, given=given, turn_id=turn_id, comment=comment), texts)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def rewrite(file: Path, **by_id: Mapping[str, object]) -> None:
    """Do what a person does: change fields of lines, named by the turn."""
    changed = [{**line, **by_id.get(str(line["_id"]).removeprefix("fb-"), {})} for line in lines(file)]
    file.write_text("".join(json.dumps(line) + "\n" for line in changed), encoding="utf-8")


class TestCandidates:
    def test_a_good_answer_proposes_all_it_cites_each_once(self) -> None:
        found = made((None, "good"))
        assert (found.id, found.language, found.patient_id, found.rating) == ("fb-t1", "en", "P1", "good")
        assert (found.gold_docs, found.gold_quotes, found.answerable) == (
            ("hip",),
            (HIP_SAYS, FEVER_SAYS),
            True,
        )

    @pytest.mark.parametrize(
        ("said", "quotes", "rating"),
        [
            (
                ((None, "good"), (1, "wrong")),
                (HIP_SAYS,),
                "wrong",
            ),  # the sentence called wrong is left out of a good answer
            (
                ((None, "incomplete"), (1, "good")),
                (FEVER_SAYS,),
                "incomplete",
            ),  # one good sentence of an answer that lacks something
            (((None, "wrong"),), (), "wrong"),
            (
                ((0, "unsupported"), (1, "dangerous")),
                (),
                "dangerous",
            ),  # the worst verdict stands for the item
        ],
    )
    def test_only_what_was_called_good_is_proposed(
        self, said: tuple[tuple[int | None, str], ...], quotes: tuple[str, ...], rating: str
    ) -> None:
        found = made(*said)
        assert (found.gold_quotes, found.rating, found.answerable) == (
            quotes,
            rating,
            True if quotes else None,
        )
        assert [cited.quote for cited in found.cited] == [
            HIP_SAYS,
            FEVER_SAYS,
        ]  # shown to the person all the same

    def test_an_abstention_called_good_proposes_that_there_is_no_answer_and_one_called_wrong_proposes_nothing(
        self,
    ) -> None:
        assert made((None, "good"), given=NONE).answerable is False
        assert made((None, "wrong"), given=NONE).answerable is None

    def test_a_quote_that_has_left_its_document_is_not_proposed(self) -> None:
        changed = candidate(rated((None, "good")), lambda _: {"hip": "Right hip replaced. No fever."})
        assert (changed.gold_quotes, changed.stale) == ((FEVER_SAYS,), True)
        gone = candidate(rated((None, "good")), lambda _: {})
        assert (gone.gold_docs, gone.answerable, gone.stale) == ((), None, True)
        assert made((None, "good")).stale is False

    def test_remarks_name_their_sentence(self) -> None:
        (remark,) = made((1, "wrong"), comment="there was").remarks
        assert (remark.sentence, remark.comment) == (FEVER_SAYS, "there was")


class TestExport:
    def test_an_export_is_private_and_undecided(self, tmp_path: Path) -> None:
        file = tmp_path / "new" / "c.jsonl"
        done = export([made((None, "good")), made((None, "wrong"), turn_id="t2")], file)
        assert (done.items, done.new, done.statuses) == (2, 2, {"candidate": 2})
        assert [line["status"] for line in lines(file)] == ["candidate", "candidate"]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [path.name for path in file.parent.iterdir()] == ["c.jsonl"]

    def test_the_same_export_again_changes_no_byte(self, tmp_path: Path) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"))], file)
        before = file.read_bytes()
        again = export([made((None, "good"))], file)
        assert (again.new, again.refreshed, again.kept, file.read_bytes()) == (0, 0, 0, before)

    def test_decisions_and_edits_stay_new_items_come_and_untouched_ones_are_brought_up_to_date(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"), turn_id=turn) for turn in ("t1", "t2", "t3")], file)
        rewrite(file, t1={"status": "confirmed", "gold_quotes": ["mine"]}, t2={"must_have": ["left"]})
        fresh = [made((None, "good")), *(made((None, "wrong"), turn_id=turn) for turn in ("t2", "t3", "t4"))]
        done = export(fresh, file)
        assert (done.new, done.refreshed, done.kept, done.said_again, done.gone) == (1, 1, 2, ("fb-t2",), ())
        one, two, three, four = lines(file)
        assert (one["status"], one["gold_quotes"]) == ("confirmed", ["mine"])
        assert (two["must_have"], two["rating"]) == (["left"], "good")
        assert (three["rating"], three["gold_quotes"], four["_id"]) == ("wrong", [], "fb-t4")

    def test_an_item_that_is_no_longer_in_the_store_is_kept_and_named(self, tmp_path: Path) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"))], file)
        assert export([], file).gone == ("fb-t1",)
        assert len(lines(file)) == 1

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{", r"c\.jsonl:2: not a JSON object"),
            (
                '{"_id": "fb-t1", "question": "q", "status": "candidate"}',
                r"c\.jsonl:2: \"fb-t1\" was given before",
            ),
            ('{"_id": "x", "question": "q", "status": "maybe"}', r"c\.jsonl:2: the status"),
            ('{"_id": "x", "question": "q"}', r"c\.jsonl:2: the status"),
            ('{"_id": "x", "status": "rejected"}', r"c\.jsonl:2: the field question"),
        ],
    )
    def test_a_malformed_line_is_named_and_nothing_is_written(
        self, tmp_path: Path, line: str, message: str
    ) -> None:
        file, questions = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
        export([made((None, "good"))], file)
        rewrite(file, t1={"status": "confirmed"})
        file.write_text(file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
        before = file.read_bytes()
        with pytest.raises(UsageError, match=message):
            export([made((None, "good"), turn_id="t2")], file)
        with pytest.raises(UsageError, match=message):
            confirm(file, questions)
        assert (file.read_bytes(), questions.exists()) == (before, False)

    def test_a_place_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError, match="cannot be written"):
            export([], tmp_path / "file" / "c.jsonl")


class TestConfirm:
    def test_confirmed_lines_become_questions_and_the_others_are_counted(self, tmp_path: Path) -> None:
        file, questions = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
        export([made((None, "good"), turn_id=turn) for turn in ("t1", "t2", "t3", "t4")], file)
        rewrite(
            file,
            t1={"status": "confirmed", "must_have": ["left"], "slices": {"ward": "3"}, "note": "seen"},
            t2={"status": "rejected"},
            t3={"status": "confirmed", "answerable": None, "gold_docs": [], "gold_quotes": []},
        )
        done = confirm(file, questions)
        assert (done.confirmed, done.rejected, done.candidates) == (2, 1, 1)
        assert stat.S_IMODE(questions.stat().st_mode) == 0o600
        asked = {"text": "Which hip was replaced?", "language": "en", "patient_id": "P1"}
        assert read_questions([questions]) == [
            EvalQuestion(
                "fb-t1",
                **asked,
                answerable=True,
                gold_docs=("hip",),
                gold_quotes=(HIP_SAYS, FEVER_SAYS),
                must_have=("left",),
                slices=(("rating", "good"), ("ward", "3")),
            ),
            EvalQuestion("fb-t3", **asked, slices=(("rating", "good"),)),
        ]
        assert not {"answer", "comment", "remarks", "note", "status"} & lines(questions)[0].keys()

    def test_a_confirmed_line_with_a_wrong_field_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"))], file)
        rewrite(file, t1={"status": "confirmed", "answerable": "yes"})
        with pytest.raises(UsageError, match=r"c\.jsonl:1: the field answerable"):
            confirm(file, tmp_path / "q.jsonl")

    def test_without_a_confirmed_line_there_is_nothing_to_write(self, tmp_path: Path) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"))], file)
        with pytest.raises(UsageError, match=r"no item is confirmed \(1 candidates, 0 rejected\)"):
            confirm(file, tmp_path / "q.jsonl")
        assert not (tmp_path / "q.jsonl").exists()

    def test_the_candidates_are_not_overwritten_by_the_questions(self, tmp_path: Path) -> None:
        file = tmp_path / "c.jsonl"
        export([made((None, "good"))], file)
        with pytest.raises(UsageError, match="overwrite"):
            confirm(file, tmp_path / "." / "c.jsonl")
