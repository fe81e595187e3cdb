"""Opinions find their way into the report: at the items, among the metrics, with what was not scored beside
what was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import eval.judge.run as running
from eval.judge.cases import Case
from eval.judge.opening import JudgeOptions
from eval.judge.opinions import Judged, Opinion, Plan
from eval.judge.record import Opinions, chosen_run, file_opinions, items_of
from eval.judge.run import Asking, judge_report
from eval.judge.writer import NoOpinion
from eval.report.document import ItemJson, ReportJson, RunJson
from eval.report.store import REPORT, ReportFolder, load_report
from eval.runs.setup import Setup
from rag.core.errors import UsageError
from rag.settings import load_settings

QUESTIONS: Mapping[str, str] = {"q1": "Which side?", "q2": "Which dose?", "q3": "Which drug?"}


def item(identifier: str, *, answered: bool = True) -> dict[str, object]:
    claims = [{"text": "The left hip.", "support": "full", "score": 1.0, "citations": []}] if answered else []
    return {
        "id": identifier,
        "kind": "answer",
        "question": QUESTIONS[identifier],
        "language": "en",
        "error": None,
        "gold": {"docs": [], "quotes": [], "must_have": [], "nice_to_have": [], "must_not": [], "facts": []},
        "judges": [{"name": "a colleague", "score": 1.0, "reason": "right"}],
        "abstained": not answered,
        "claims": claims,
        "withheld": [],
        "contradictions": [],
        "evidence": [
            {
                "marker": 1,
                "title": "Report",
                "doc": "d",
                "kind": "record",
                "patient": None,
                "text": "Left hip.",
            }
        ],
    }


@pytest.fixture
def folder(tmp_path: Path) -> ReportFolder:
    """A report of two answers and an abstention."""
    made = ReportFolder(tmp_path / "reports" / "demo-1")
    items = [
        ItemJson(id=name, scores={"correct": 1.0}, slices={"language": "fr" if name == "q1" else "en"})
        for name in QUESTIONS
    ]
    run = RunJson(name="answers", measure="answers", n=3, items=items)
    made.keep(run, {}, [item("q1"), item("q2"), item("q3", answered=False)])
    report = ReportJson(name="demo-1", created="2026-01-01T00:00:00+00:00", suite="demo", runs=[run])
    (made.path / REPORT).write_text(report.model_dump_json())
    return made


class Scripted:
    """Finds the first question's answer faithful by half, and times out at the second."""

    name = "ragas 0 · fake"

    async def score(self, metric: str, case: Case, repeat: int, done: Callable[[], None]) -> Opinion:
        if case.id == "q2":
            raise NoOpinion("timeout")
        return Opinion(0.25 + 0.5 * repeat, "not said")


@dataclass
class Opened:
    judge: Scripted
    replies: Opened | None = None
    seconds: float = 3.0


@pytest.fixture
def fake_ragas(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened(*_: object) -> Iterator[Opened]:
        yield Opened(Scripted(), Opened(Scripted()))

    monkeypatch.setattr(running, "opened_judge", opened)
    monkeypatch.setattr(running, "need_ragas", lambda: None)


def session(folder: Path, language: str = "en") -> Setup:
    return Setup(load_settings(folder), folder, language)


@pytest.mark.usefixtures("fake_ragas")
def test_a_report_shows_the_opinions_beside_those_that_it_had(folder: ReportFolder, tmp_path: Path) -> None:
    opinion = judge_report(
        session(tmp_path), folder.path, None, Asking(Plan(("faithfulness",), 2), JudgeOptions(repeats=2))
    )
    first, second, third = (
        [*entry["judges"]] for entry in folder.items("answers") if isinstance(entry["judges"], list)
    )
    assert first == [
        {"name": "a colleague", "score": 1.0, "reason": "right"},
        {
            "name": "ragas 0 · fake · Faithfulness (ragas)",
            "score": 0.5,
            "reason": "± 0.35 (n = 2) not said",
        },  # 0.25 and 0.75
    ]
    assert [entry[1]["score"] for entry in (second, third)] == [None, None]
    assert [entry[1]["reason"] for entry in (second, third)] == ["(timed out)", "(abstained)"]
    metric = load_report(folder.path).runs[0].metrics["ragas_faithfulness"]
    assert (metric.mean, metric.n, metric.unscored) == (0.5, 1, {"timeout": 1, "abstained": 1})
    assert "Faithfulness (ragas)" in (folder.path / "report.html").read_text(encoding="utf-8")
    document = json.loads(json.dumps(opinion.to_json()))
    assert (document["asked"], document["failed"], document["share_failed"]) == (
        2,
        1,
        0.5,
    )  # the abstention was not asked of
    assert (document["seconds_an_item"], document["metrics"]["ragas_faithfulness"]["spread"]) == (
        1.5,
        pytest.approx(0.35355339),
    )


@pytest.mark.usefixtures("fake_ragas")
def test_judging_again_replaces_what_ragas_said_before(folder: ReportFolder, tmp_path: Path) -> None:
    for language in ("en", "fr"):
        judge_report(
            session(tmp_path, language),
            folder.path,
            "answers",
            Asking(Plan(("faithfulness",)), JudgeOptions()),
        )
    assert [
        len(entry["judges"]) for entry in folder.items("answers") if isinstance(entry["judges"], list)
    ] == [2, 2, 2]


@pytest.mark.usefixtures("fake_ragas")
def test_items_beyond_the_sample_say_that_they_were_not_asked(folder: ReportFolder, tmp_path: Path) -> None:
    opinion = judge_report(
        session(tmp_path), folder.path, None, Asking(Plan(("faithfulness",)), JudgeOptions(), sample=1)
    )
    assert opinion.items == 1
    assert load_report(folder.path).runs[0].metrics["ragas_faithfulness"].unscored["not_asked"] == 2


def test_other_scores_of_an_item_stay(folder: ReportFolder) -> None:
    report = load_report(folder.path)
    said = Opinions(
        "ragas 0",
        ("faithfulness",),
        (Judged("q1", "faithfulness", (1.0,)), Judged("q2", "faithfulness", reasons=("cut_short",))),
    )
    changed = file_opinions(folder, report, report.runs[0], items_of(folder, "answers"), said, "en").runs[0]
    assert changed.items[0].scores == {"correct": 1.0, "ragas_faithfulness": 1.0}
    assert changed.items[1].unscored == {"ragas_faithfulness": "cut_short"}
    assert changed.system["ragas_faithfulness"] == "ragas 0"


def test_slices_hold_nothing_of_what_ragas_said_before(folder: ReportFolder) -> None:
    report, items = load_report(folder.path), items_of(folder, "answers")
    sliced = [
        item.model_copy(update={"slices": {"language": "fr" if item.id == "q3" else "en"}})
        for item in report.runs[0].items
    ]
    sliced += [item.model_copy(update={"id": f"{item.id}-again"}) for item in sliced]
    report = report.model_copy(update={"runs": [report.runs[0].model_copy(update={"items": sliced})]})
    everything = tuple(Judged(item.id, "faithfulness", (0.2,)) for item in sliced)
    changed = file_opinions(
        folder, report, report.runs[0], items, Opinions("ragas 0", ("faithfulness",), everything), "en"
    )
    assert changed.runs[0].slices["language"]["fr"]["ragas_faithfulness"].mean == 0.2
    english = tuple(
        Judged(item.id, "faithfulness", (1.0,)) for item in sliced if item.slices["language"] == "en"
    )
    again = file_opinions(
        folder, changed, changed.runs[0], items, Opinions("ragas 0", ("faithfulness",), english), "en"
    ).runs[0]
    assert again.slices["language"]["en"]["ragas_faithfulness"].mean == 1.0
    assert "ragas_faithfulness" not in again.slices["language"]["fr"]


def test_a_run_must_be_named_where_there_are_several(folder: ReportFolder) -> None:
    report = load_report(folder.path)
    several = report.model_copy(update={"runs": [*report.runs, RunJson(name="more", measure="answers")]})
    assert chosen_run(several, "more").name == "more"
    for name in (None, "other"):
        with pytest.raises(UsageError, match="answers, more"):
            chosen_run(several, name)


def test_items_without_texts_or_damaged_are_an_error_that_says_so(folder: ReportFolder) -> None:
    file = folder.path / "items" / "answers.jsonl"
    for text in ("", '{"id": "q1"', "[]\n"):
        file.write_text(text)
        with pytest.raises(UsageError, match=r"answers\.jsonl"):
            items_of(folder, "answers")
