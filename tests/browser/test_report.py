"""The evaluation report opened as a file: its item browser by keyboard, both languages, both themes, screen
readers, hostile texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.report.document import BinJson, ItemJson, MetricJson, PointJson, ReportJson, RunJson, ThresholdJson
from eval.report.page import page as report_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
EVIL = "</script><img src=x onerror=\"document.title='owned'\">"


def question(number: int, text: str, language: str, *, abstained: bool = False) -> dict[str, object]:
    quote = {"marker": 1, "doc": f"d{number}", "quote": f"quote {number}"}
    return {
        "id": str(number),
        "kind": "answer",
        "question": text,
        "language": language,
        "patient_id": "DEMO-P01",
        "answerable": True,
        "error": None,
        "latency_ms": 1200.0,
        "relevance": 0.8,
        "abstained": abstained,
        "reason": "low_relevance" if abstained else None,
        "missing": [],
        "claims": (
            []
            if abstained
            else [{"text": f"Claim {number} {EVIL}", "support": "full", "score": 0.9, "citations": [quote]}]
        ),
        "withheld": (
            [{"text": "Never shown.", "support": "none", "score": 0.1, "citations": []}]
            if number == 2
            else []
        ),
        "contradictions": [],
        "evidence": [
            {
                "marker": 1,
                "title": "Letter",
                "doc": f"d{number}",
                "kind": "letter",
                "patient": "DEMO-P01",
                "text": "Evidence.",
            }
        ],
        "tokens": [10, 5],
        "gold": {
            "docs": ["d1"],
            "quotes": ["quote"],
            "must_have": [{"text": "35 days", "found": True}],
            "nice_to_have": [],
            "must_not": [{"text": "90 days", "found": False}],
            "facts": [{"text": "A fact.", "vital": True}],
        },
        "judges": [{"name": "second opinion", "score": 0.7, "reason": "because"}],
    }


METRIC = MetricJson(mean=0.667, low=0.2, high=1.0, n=3)
ANSWERS = RunJson(
    name="answers",
    measure="answers",
    n=3,
    metrics={"correct": METRIC, "nugget_recall": METRIC, "wrong_patient": MetricJson(mean=0.0, n=3)},
    slices={"language": {"fr": {"correct": METRIC}, "en": {"correct": METRIC}}},
    items=[
        ItemJson(id="1", scores={"correct": 1.0}, slices={"language": "fr", "asks_of": "patient"}),
        ItemJson(id="2", scores={"correct": 0.0}, slices={"language": "en", "asks_of": "patient"}),
        ItemJson(id="3", scores={"correct": 1.0}, slices={"language": "en", "asks_of": "literature"}),
    ],
    latencies_ms=[1000.0, 1200.0, 3000.0],
    risk_coverage=[
        PointJson(confidence=0.9, coverage=0.3, risk=0.0),
        PointJson(confidence=0.5, coverage=0.6, risk=0.5),
    ],
)
PAIRS = RunJson(
    name="pairs",
    measure="verify",
    n=1,
    metrics={"balanced_accuracy": METRIC},
    items=[ItemJson(id="p1", scores={"accuracy": 0.0})],
    reliability=[BinJson(low=0.1, high=0.2, count=3, mean_score=0.15, share_positive=0.1)],
    figures={"threshold": 0.5},
)
SEARCH = RunJson(
    name="search",
    measure="retrieval",
    n=1,
    metrics={"ndcg@10": METRIC},
    items=[ItemJson(id="q1", scores={"ndcg@10": 0.5, "recall@10": 0.0})],
)
ITEMS = {
    "answers": [
        question(1, "Quelle durée d'énoxaparine ?", "fr"),
        question(2, f"Which side? {EVIL}", "en"),
        question(3, "What of the fever?", "en", abstained=True),
    ],
    "pairs": [
        {
            "id": "p1",
            "kind": "pair",
            "question": "A claim",
            "language": "en",
            "premise": "A premise",
            "premise_characters": 9,
        }
        | {"label": 1, "score": 0.2, "threshold": 0.5}
    ],
    "search": [
        {
            "id": "q1",
            "kind": "query",
            "question": "gout",
            "language": "en",
            "ranking": [{"doc": "d9", "grade": None}, {"doc": "d8", "grade": 0}],
        }
        | {"relevant": [{"doc": "d1", "grade": 2, "rank": None}], "relevant_total": 1}
    ],
}


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = ReportJson(
        name="demo-1",
        created="2026-11-23T10:00:00+00:00",
        suite="demo",
        about={"en": "About", "fr": "Au sujet"},
        passed=True,
        headline={"answers.correct": 0.667},
        thresholds=[ThresholdJson(run="answers", metric="correct", value=0.667, min=0.5, passed=True)],
        provenance={"version": "0.1.0", "commit": "abc"},
        runs=[ANSWERS, PAIRS, SEARCH],
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(report, ITEMS, "en"), encoding="utf-8")
    return path


@pytest.fixture(params=["light", "dark"])
def shown(chromium: Browser, report_file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The report in a window; whatever the browser complains of fails the test."""
    context = chromium.new_context(
        color_scheme=request.param,
        reduced_motion="reduce",
        viewport={"width": 1200, "height": 900},
        offline=True,
    )
    window = context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda said: complaints.append(said.text))
    window.set_default_timeout(15_000)
    window.goto(report_file.as_uri())
    yield window
    context.close()
    assert complaints == []


def listed(window: Page) -> list[str]:
    return window.locator("#list .item .q").all_inner_texts()


def test_items_are_filtered_searched_and_walked_through_by_keyboard(shown: Page) -> None:
    assert len(listed(shown)) == 3
    shown.select_option("#by-state", "wrong")
    assert listed(shown) == [f"Which side? {EVIL}"]
    shown.select_option("#by-state", "abstained")
    assert listed(shown) == ["What of the fever?"]
    shown.select_option("#by-state", "all")
    shown.select_option("#by-language", "en")
    assert len(listed(shown)) == 2
    shown.select_option("#by-language", "all")
    shown.fill("#by-words", "ENOXAPARINE duree")  # neither case nor accents matter
    assert listed(shown) == ["Quelle durée d'énoxaparine ?"]
    shown.fill("#by-words", "")
    shown.focus("#list")
    for key, chosen in (("ArrowDown", "2"), ("End", "3"), ("Home", "1"), ("ArrowUp", "1")):
        shown.keyboard.press(key)
        assert shown.locator('#list .item[aria-selected="true"] .tags').inner_text().startswith(chosen)


def test_an_item_shows_answer_withheld_evidence_gold_and_the_judges_reasons(shown: Page) -> None:
    shown.select_option("#by-state", "withheld")
    detail = shown.locator("#detail").inner_text()
    for text in ("Claim 2", "quote 2", "Never shown.", "Evidence.", "35 days", "A fact.", "because"):
        assert text in detail


def test_pairs_and_queries_are_browsed_too(shown: Page) -> None:
    shown.select_option("#by-run", "pairs")
    assert "called not supported" in shown.locator("#detail").inner_text()
    shown.select_option("#by-run", "search")
    assert "not among those ranked" in shown.locator("#detail").inner_text()


def test_what_documents_say_is_never_run(shown: Page) -> None:
    shown.select_option("#by-state", "wrong")
    assert EVIL in shown.locator("#detail").inner_text()
    assert shown.locator("img").count() == 0
    assert shown.title() != "owned"


def test_the_reader_switches_language_and_theme(shown: Page) -> None:
    assert shown.locator("h2", has_text="Provenance").is_visible()
    shown.click("#tongue")
    assert "En bref" in shown.locator("main").inner_text()
    assert "Vital facts found" not in shown.locator("main").inner_text()
    before = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    shown.click("#theme")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_screen_readers_find_no_fault(shown: Page) -> None:
    pytest.importorskip(
        "axe_playwright_python", reason="axe-core is not installed: pip install 'traboule[dev]'"
    )
    shown.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    shown.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = shown.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    assert [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found] == []


def test_the_page_fits_a_narrow_window(shown: Page) -> None:
    shown.set_viewport_size({"width": 390, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
