"""A metric is one record: written once, it is in scores, result, report (both languages), comparison and
thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eval.answers.interview import Asked
from eval.answers.report import answers_run
from eval.answers.run import AnswersOutcome
from eval.answers.scoring import AnswersResult, Scorer
from eval.compare.comparison import compare
from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.domain import answered
from eval.metrics.catalogue import CATALOGUE
from eval.metrics.metric import ItemMetric, Words
from eval.report.document import ReportJson, RunJson
from eval.report.markdown import markdown
from eval.report.page import page
from eval.suites.declaration import Missed, Threshold, missed, reached
from rag.contract import AnswerJson
from tests.unit.scoring import JUDGE, LIBRARY, SILENCE, answer, asked, cite, claim

TERSE: ItemMetric[AnswerCase] = ItemMetric(
    name="terse",
    function=lambda case: float(len(case.answer.claims) == 1),
    domain=(answered,),
    label=Words("Said in one claim", "Dit en une phrase"),
    about=Words("Share of the answers of one claim.", "Part des réponses d'une seule phrase."),
)
ONE = answer(claim("No fever.", cite("hip", "No fever.")))
TWO = answer(claim("No fever.", cite("hip", "No fever.")), claim("Left hip.", cite("hip", "Left hip")))


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with CATALOGUE.with_answer_metric(TERSE):
        yield


def outcome(*said: AnswerJson) -> AnswersOutcome:
    scorer = Scorer(JUDGE, LIBRARY)
    items = []
    for number, one in enumerate(said):
        question = replace(asked(), id=str(number))
        items.append(Asked(question, one, 1.0, None, scorer.scores(question, one)))
    return AnswersOutcome(AnswersResult(tuple(items), Path("answers.jsonl")), 1, 0)


def report(run: RunJson) -> ReportJson:
    return ReportJson(name="r", created="2026-11-28T10:00:00+00:00", suite="s", runs=[run])


RUN = (ONE, TWO, SILENCE)


def test_the_result_holds_its_mean_interval_and_the_items_outside_its_domain() -> None:
    found = outcome(*RUN).to_json()
    # One of the two that said anything did so in one claim; the third abstained.
    assert found["means"]["terse"] == 0.5  # type: ignore[index]
    assert found["counts"]["terse"] == 2  # type: ignore[index]
    assert found["unscored"]["terse"] == {"abstained": 1}  # type: ignore[index]
    assert found["intervals"]["terse"] == [0.0, 1.0]  # type: ignore[index]


@pytest.mark.parametrize(("language", "label"), [("en", "Said in one claim"), ("fr", "Dit en une phrase")])
def test_the_report_names_it_in_both_languages(language: str, label: str) -> None:
    written = report(answers_run("answers", outcome(*RUN)))
    assert f"| {label} | 0.500 |" in markdown(written, language)
    shown = page(written, {}, language)
    assert label in shown
    assert TERSE.about.en in shown
    assert '"metric.terse":"Dit en une phrase"' in shown


def test_the_comparison_tells_what_changed_in_it() -> None:
    first, second = (report(answers_run("answers", outcome(*said))) for said in ((TWO, TWO), (ONE, TWO)))
    change = next(change for change in compare(first, second).runs[0].changes if change.metric == "terse")
    assert (change.first, change.second, change.gained, change.lost) == (0.0, 0.5, 1, 0)


def test_a_threshold_may_be_set_on_it() -> None:
    run = answers_run("answers", outcome(*RUN))
    below = list(missed("answers", {"terse": Threshold(min=0.9)}, reached(run)))
    assert below == [Missed("answers", "terse", 0.5, 0.9, None)]


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="terse"), CATALOGUE.with_answer_metric(TERSE):
        pass


def test_it_is_gone_with_the_trial() -> None:
    assert CATALOGUE.find("correct") is not None
    assert CATALOGUE.find("nothing of this name") is None
