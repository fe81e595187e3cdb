"""The report page is whole by itself, safe whatever the documents say, bilingual, and has a table beside each
plot.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from eval.report import svg
from eval.report.assembly import headline, publish, render
from eval.report.document import BinJson, ItemJson, MetricJson, PointJson, ReportJson, RunJson, ThresholdJson
from eval.report.markdown import markdown
from eval.report.page import page
from eval.report.store import ReportFolder, begin, listed, load_report, reports_of
from eval.report.summary import metrics_of, slices_of
from rag.core.errors import StorageError, UsageError

EVIL = '</script><img src=x onerror="document.title=1">'
METRICS = {
    "correct": MetricJson(mean=0.5, low=0.2, high=0.8, n=2),
    "wrong_patient": MetricJson(mean=0.0, n=2, unscored={"no_patient": 1}),
    "nugget_recall": MetricJson(mean=None, n=0, unscored={"no_must_have": 3}),
}
RUN = RunJson(
    name="answers",
    measure="answers",
    data={"corpus": "c" * 64},
    system={"model": "none"},
    n=3,
    failed={"3": "question_empty"},
    metrics=METRICS,
    slices={"language": {"fr": {"correct": METRICS["correct"]}, "en": {"correct": METRICS["correct"]}}},
    items=[
        ItemJson(id="1", scores={"correct": 1.0}, slices={"language": "fr"}),
        ItemJson(id="2", scores={"correct": 0.0}, slices={"language": "en"}),
    ],
    figures={"answered": 2.0, "latency_p50_ms": 12.5},
    latencies_ms=[10.0, 15.0, 400.0],
    risk_coverage=[
        PointJson(confidence=0.9, coverage=1 / 3, risk=0.0),
        PointJson(confidence=0.5, coverage=2 / 3, risk=0.5),
    ],
    reliability=[BinJson(low=0.1, high=0.2, count=3, mean_score=0.15, share_positive=0.1)],
    notes=["judge_is_verifier"],
)
REPORT = ReportJson(
    name="demo-1",
    created="2026-11-23T10:00:00+00:00",
    suite=f"demo {EVIL}",
    about={"en": "About", "fr": "Au sujet"},
    passed=False,
    headline={"correct": 0.5},
    thresholds=[
        ThresholdJson(run="answers", metric="correct[language=fr]", value=0.5, min=0.9, passed=False)
    ],
    provenance={"commit": "abc", "version": "0.1.0"},
    runs=[RUN, RunJson(name="search", measure="retrieval", error="No such folder.")],
)
ITEMS = {
    "answers": [
        {"id": "1", "kind": "answer", "question": EVIL, "language": "fr"},
        {"id": "2", "kind": "answer", "question": "q"},
    ]
}


def embedded(html: str, name: str) -> object:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture(scope="module")
def html() -> str:
    return page(REPORT, ITEMS, "en")


def test_the_page_loads_nothing_from_anywhere(html: str) -> None:
    assert "default-src &#39;none&#39;" in html
    assert re.findall(r'(?:src|href)\s*=\s*["\'](?!#)', html) == []
    assert "@import" not in html
    assert "url(" not in html


def test_what_a_document_says_can_never_become_part_of_the_page(html: str) -> None:
    assert EVIL not in html
    assert "<img" not in html
    items = embedded(html, "data-items")
    assert isinstance(items, dict)
    assert items["answers"][0]["question"] == EVIL


def test_items_carry_their_scores_and_whether_they_are_wrong(html: str) -> None:
    items = embedded(html, "data-items")
    assert isinstance(items, dict)
    assert [(item["id"], item["wrong"], item["slices"]) for item in items["answers"]] == [
        ("1", False, {"language": "fr"}),
        ("2", True, {"language": "en"}),
    ]


def test_both_languages_are_in_the_page_and_it_opens_in_the_one_asked_for(html: str) -> None:
    assert 'data-lang="en"' in html
    assert 'data-lang="fr"' in page(REPORT, ITEMS, "fr")
    assert "Vital facts found" in html
    assert "Faits essentiels trouvés" in html


def test_every_plot_is_named_and_has_its_numbers_in_a_table(html: str) -> None:
    plots = re.findall(r"<svg[^>]*>", html)
    assert len(plots) == 5  # metrics, risk and coverage, reliability, latency, one slice
    assert all('role="img"' in plot and "aria-label=" in plot for plot in plots)
    assert html.count("<table") >= 5


def test_what_could_not_be_measured_is_said_with_its_reason(html: str) -> None:
    assert "no must-have fact" in html
    assert "question_empty" in html
    assert "No such folder." in html
    assert html.count('class="bad"') >= 1


def test_without_texts_no_item_is_in_the_page() -> None:
    bare = page(REPORT, {}, "en")
    assert embedded(bare, "data-items") == {"answers": [], "search": []}
    assert "The texts were left out" in bare


def test_too_many_items_are_cut_and_the_page_says_so() -> None:
    items = [ItemJson(id=str(number), scores={"correct": float(number != 700)}) for number in range(701)]
    run = RunJson(name="many", measure="answers", n=701, metrics=METRICS, items=items)
    shown = page(
        ReportJson(name="r", created="2026", suite="s", runs=[run]),
        {"many": [{"id": item.id, "kind": "answer"} for item in items]},
        "en",
    )
    kept = embedded(shown, "data-items")
    assert isinstance(kept, dict)
    assert (len(kept["many"]), kept["many"][0]["id"]) == (600, "700")  # the only wrong one comes first
    assert "600 of 701" in shown


def test_where_items_are_cut_the_failed_ones_stay() -> None:
    items = [
        ItemJson(id=str(number), scores={"correct": 1.0 if number < 600 else None}) for number in range(601)
    ]
    run = RunJson(name="r", measure="answers", n=601, items=items, failed={"600": "question_empty"})
    report = ReportJson(name="r", created="2026-01-01T00:00:00+00:00", suite="s", runs=[run])
    texts = [
        {
            "id": str(number),
            "kind": "answer",
            "question": f"question-{number}-",
            "error": "question_empty" if number == 600 else None,
        }
        for number in range(601)
    ]
    shown = page(report, {"r": texts}, "en")
    assert "question-600-" in shown
    assert "question-599-" not in shown
    assert '"error":"question_empty"' in shown


def test_markdown_says_the_same_in_french() -> None:
    text = markdown(REPORT, "fr")
    assert "| Bien fait | 0.500 | 0.200 – 0.800 | 2 |  |" in text
    assert "| ✗ | answers | correct[language=fr] | 0.500 | ≥ 0.9 |" in text
    assert "No such folder." in text


def test_the_headline_names_the_run_where_there_are_several() -> None:
    assert headline([RUN]) == {"correct": 0.5, "wrong_patient": 0.0}
    assert headline([RUN, RUN.model_copy(update={"name": "again"})]) == {
        "answers.correct": 0.5,
        "again.correct": 0.5,
    }


def test_unscored_items_are_not_averaged_in_and_small_slices_are_left_out() -> None:
    items = [
        ItemJson(id="1", scores={"hit": 1.0}, slices={"language": "fr"}),
        ItemJson(id="2", scores={"hit": None}, unscored={"hit": "no_gold"}, slices={"language": "fr"}),
        ItemJson(id="3", scores={"hit": 0.0}, slices={"language": "en"}),
    ]
    assert metrics_of(["hit"], items)["hit"] == MetricJson(
        mean=0.5, low=0.0, high=1.0, n=2, unscored={"no_gold": 1}
    )
    assert slices_of(["hit"], items) == {
        "language": {"fr": {"hit": MetricJson(mean=1.0, n=1, unscored={"no_gold": 1})}}
    }


class TestStore:
    def test_a_report_comes_back_and_is_listed_the_latest_first(self, tmp_path: Path) -> None:
        for name, created in (
            ("demo-1", "2026-11-23T10:00:00+00:00"),
            ("demo-2", "2026-11-24T10:00:00+00:00"),
        ):
            report = REPORT.model_copy(update={"name": name, "created": created})
            files = publish(tmp_path, ReportFolder(reports_of(tmp_path) / name), report, "en")
            assert files["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
            assert load_report(files["json"]) == load_report(files["json"].parent) == report
        assert [(found["name"], found["passed"], found["headline"]) for found in listed(tmp_path)] == [
            ("demo-2", False, {"correct": 0.5}),
            ("demo-1", False, {"correct": 0.5}),
        ]
        assert json.loads((tmp_path / "reports" / "index.json").read_text())["reports"] == listed(tmp_path)

    def test_texts_with_every_kind_of_line_separator_come_back_whole(self, tmp_path: Path) -> None:
        folder, text = (
            begin(tmp_path, "demo", "one", resume=False),
            "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\r\nh",
        )
        folder.keep(
            RunJson(name="r", measure="answers"),
            {},
            [{"id": "1", "question": text}, {"id": "2", "question": text}],
        )
        assert [found["question"] for found in folder.items("r")] == [text, text]

    def test_an_unfinished_run_of_the_same_suite_is_gone_on_with(self, tmp_path: Path) -> None:
        first = begin(tmp_path, "demo", "same", resume=False)
        first.keep(RUN, {"n": 3}, ITEMS["answers"])
        again = begin(tmp_path, "demo", "same", resume=True)
        assert again == first
        assert again.kept("answers") == (RUN, {"n": 3})
        assert list(again.items("answers")) == ITEMS["answers"]
        assert again.kept("search") is None
        assert begin(tmp_path, "demo", "other", resume=True) != first

    def test_a_finished_run_is_not_gone_on_with(self, tmp_path: Path) -> None:
        first = begin(tmp_path, "demo", "same", resume=False)
        publish(tmp_path, first, REPORT.model_copy(update={"name": first.name}), "en")
        assert begin(tmp_path, "demo", "same", resume=True) != first

    def test_rendering_again_leaves_the_texts_out_where_asked(self, tmp_path: Path) -> None:
        folder = begin(tmp_path, "demo", "same", resume=False)
        folder.keep(RUN, {}, ITEMS["answers"])
        assert (
            "onerror"
            in render(folder, REPORT, "en")["html"].read_text(encoding="utf-8").split('id="data-items"')[1]
        )
        assert (
            "onerror"
            not in render(folder, REPORT, "en", texts=False)["html"]
            .read_text(encoding="utf-8")
            .split('id="data-items"')[1]
        )

    def test_a_part_cut_short_is_done_again(self, tmp_path: Path) -> None:
        folder = begin(tmp_path, "demo", "same", resume=False)
        folder.keep(RUN, {}, [])
        (folder.path / "runs" / "answers.json").write_text('{"run": {"name"')
        assert folder.kept("answers") is None

    @pytest.mark.parametrize(
        ("text", "key"), [(None, "report_not_there"), ("{}", "report_bad"), ("nothing", "report_bad")]
    )
    def test_what_is_no_report_is_reported(self, tmp_path: Path, text: str | None, key: str) -> None:
        if text is not None:
            (tmp_path / "report.json").write_text(text)
        with pytest.raises(UsageError) as caught:
            load_report(tmp_path)
        assert caught.value.key == key

    def test_a_home_that_cannot_be_written_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "reports").write_text("")
        with pytest.raises(StorageError):
            begin(tmp_path, "demo", "same", resume=False)


class TestSvg:
    def test_a_bar_is_as_long_as_its_value(self) -> None:
        # 720 wide, labels 236: the scale runs from 244 to 664, so 0.5 is 210 long, and its whisker ends at
        # 244 + 0.75 * 420 = 559.
        drawn = svg.bars(("t", "t"), [svg.Bar(("a", "b"), 0.5, 0.25, 0.75)])
        assert '<rect class="bar" x="244" y="10.0" width="210.0"' in drawn
        assert 'x1="349.0" y1="17.0" x2="559.0" y2="17.0"' in drawn

    def test_labels_are_escaped(self) -> None:
        assert "<b>" not in svg.bars(("<b>", "<b>"), [svg.Bar(("<b>", "&"), None, note="<i>")])

    def test_values_beyond_the_axis_fall_into_the_last_bin(self) -> None:
        drawn = svg.histogram(("t", "t"), (("x", "x"), ("y", "y")), [0.05, 1.0, 1.0], [], 1.0)
        assert drawn.count('class="bar"') == 2
