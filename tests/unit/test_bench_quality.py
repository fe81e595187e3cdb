"""The benchmark of search quality: its page, the project's own questions as BEIR folders, and what it
refuses.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.bench.page import keep
from eval.bench.quality import QualityResult, SystemResult
from eval.bench.quality_page import quality_table, write_quality_page
from eval.bench.quality_run import QualityPlan, run_quality
from eval.datasets.beir import read_beir
from eval.datasets.questions import read_questions
from eval.datasets.views import VIEWS, View, write_view
from eval.metrics.catalogue import CATALOGUE
from eval.runs.setup import Setup
from rag.core.errors import UsageError
from rag.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]


def system(name: str, ndcg: float, p_value: float | None = None) -> SystemResult:
    return SystemResult(
        name,
        {**dict.fromkeys(CATALOGUE.names("retrieval"), 0.5), "ndcg@10": ndcg},
        {"p50": 12.0, "p95": 20.0},
        p_value,
    )


RESULT = QualityResult(
    "tiny",
    7,
    20,
    30,
    "e5",
    (
        system("bm25s", 0.31, 0.01),
        system("dense", 0.4, 0.2),
        system("sparse", 0.3),
        system("hybrid", 0.45),
        system("reranked", 0.5),
    ),
)


def test_table_marks_the_best_and_what_is_no_chance() -> None:
    head, _, row = quality_table([RESULT], "ndcg@10").splitlines()
    assert head == "| ndcg@10 | queries | bm25s | dense | sparse | hybrid | reranked |"
    assert row == "| tiny | 7 | 0.310\\* | 0.400 | 0.300 | 0.450 | **0.500** |"


def test_page_keeps_its_words_and_takes_new_results(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.md").write_text(
        "# Mine\n\n<!-- measured: begin -->\nold\n<!-- measured: end -->\n\nAfter.\n", encoding="utf-8"
    )
    keep(tmp_path, "quality-tiny", RESULT.to_json())
    text = write_quality_page(tmp_path).read_text(encoding="utf-8")
    assert text.startswith("# Mine\n")
    assert text.endswith("\n\nAfter.\n")
    assert "old" not in text
    assert "| tiny | 7 |" in text
    assert "tiny (30 passages)" in text
    assert write_quality_page(tmp_path).read_text(encoding="utf-8") == text


def test_two_folders_of_one_name_are_refused_before_anything_is_measured(tmp_path: Path) -> None:
    folders = tuple(tmp_path / place / "notes" for place in ("fr", "en"))
    setup = Setup(load_settings(tmp_path), tmp_path)
    with pytest.raises(UsageError) as caught:
        next(run_quality(setup, QualityPlan(folders, None, "test", None, (), None)))
    assert (caught.value.key, caught.value.variables["folder"]) == ("eval_folder_twice", folders[1])


def test_unknown_baseline_is_named() -> None:
    with pytest.raises(UsageError, match="bm25x"):
        QualityPlan((), None, "test", None, ("bm25x",), None).chosen()
    assert QualityPlan((), None, "test", None, ("none",), None).chosen() == ()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"_id": "1", "contexts": ["First.", " "], "long_answer": "Second."},
        {"_id": "2", "contexts": [], "long_answer": "Other."},
    ]
    (tmp_path / "c.jsonl.gz").write_bytes(
        gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    )
    return tmp_path


def own(monkeypatch: pytest.MonkeyPatch, folder: Path, gold: str) -> View:
    (folder / "questions").mkdir()
    (folder / "questions" / "q.jsonl").write_text(
        json.dumps({"_id": "q1", "question": "Quoi ?", "gold_docs": [gold]}), encoding="utf-8"
    )
    monkeypatch.setattr("eval.datasets.views.files", lambda package: folder)
    return View("own", "q.jsonl", "c.jsonl.gz", ("contexts", "long_answer"))


def test_own_questions_become_a_beir_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_view(own(monkeypatch, data, "1"), data, data / "views")
    dataset = read_beir(folder)
    assert dataset.queries == {"q1": "Quoi ?"}
    assert dataset.qrels == {"q1": {"1": 1}}
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    assert corpus == [
        {"_id": "1", "title": "", "text": "First.\n\nSecond."},
        {"_id": "2", "title": "", "text": "Other."},
    ]


def test_question_about_a_missing_document_is_an_error(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="404"):
        write_view(own(monkeypatch, data, "404"), data, data / "views")


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_bundled_questions_are_well_formed(view: View) -> None:
    questions = read_questions([ROOT / "eval" / "questions" / view.questions])
    assert len(questions) >= 30
    assert all(question.gold_docs and question.language for question in questions)
