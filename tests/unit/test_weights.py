"""Every weight file that ships says where its numbers come from, and those fitted on what is bundled come out
again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.fit.pairs import PairSources
from eval.fit.relevance import weights_of
from eval.fit.support import figures_of, rows_of
from eval.fit.table import TABLE, read_table
from eval.fit.verifier import weights_from
from rag.answer.verify.verifier import shipped_weights
from rag.build import open_embed
from rag.retrieve.tuning import tuning
from rag.settings import ModelSettings, Settings

ROOT = Path(__file__).parents[2]
OWN_PAIRS = ROOT / "tests" / "data" / "verifier_pairs.jsonl"
FILES = sorted(
    path
    for path in (ROOT / "rag").rglob("*.json")
    if "weights" in json.loads(path.read_text(encoding="utf-8"))
)
TOLERANCE = 0.02


def weights(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_weight_files_are_the_three_known_ones() -> None:
    assert {path.name for path in FILES} >= {"verifier.json", "relevance.json", "ranking.json"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
class TestOrigin:
    def test_it_is_fitted_or_says_that_it_was_set_by_hand(self, path: Path) -> None:
        assert weights(path)["origin"] in ("fitted", "set by hand")

    def test_it_names_tool_version_and_day(self, path: Path) -> None:
        found = weights(path)
        assert found["tool"].startswith("traboule eval fit ")
        assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
        assert date.fromisoformat(found["date"]) >= date(2026, 11, 1)
        assert "seed" in found

    def test_it_names_its_data_by_digest(self, path: Path) -> None:
        data = weights(path)["data"]
        assert data
        assert all(
            re.fullmatch(r"[0-9a-f]{64}", one["sha256"]) and (one["n"] is None or one["n"] > 0)
            for one in data
        )

    def test_its_figures_are_of_data_that_was_not_fitted_on(self, path: Path) -> None:
        figures = weights(path)["figures"]
        assert figures
        for name, row in figures.items():
            assert name.endswith((", held-out", ", left out")), name
            assert row["n"] > 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_bundled_data_are_the_ones_that_the_weights_were_fitted_on(path: Path) -> None:
    for one in weights(path)["data"]:
        bundled = ROOT / "tests" / "data" / one["name"]
        if bundled.is_file():
            assert hashlib.sha256(bundled.read_bytes()).hexdigest() == one["sha256"], (
                f"{one['name']} changed: fit again"
            )


def test_the_gate_fitted_again_on_the_features_of_its_cases_has_the_numbers_of_the_file() -> None:
    kept = weights(ROOT / "rag/answer/relevance/relevance.json")
    again = weights_of(read_table(ROOT / "tests" / "data" / TABLE))
    assert again.threshold == kept["threshold"]
    assert again.intercept == pytest.approx(kept["intercept"], abs=TOLERANCE)
    assert again.weights == pytest.approx(kept["weights"], rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.models
def test_the_verifier_fitted_again_on_the_own_pairs_has_the_numbers_of_the_file(
    models_dir: Callable[..., Path], tmp_path: Path
) -> None:
    settings = Settings(models=ModelSettings(dir=models_dir("multilingual-e5-small")))
    pairs, _ = PairSources(OWN_PAIRS).read()
    rows = rows_of(pairs, open_embed(settings, tmp_path))
    kept = weights(ROOT / "rag/answer/verify/verifier.json")
    again = weights_from(rows)
    assert again.intercept == pytest.approx(kept["own_alone"]["intercept"], abs=TOLERANCE)
    assert dict(again.weights) == pytest.approx(kept["own_alone"]["weights"], abs=TOLERANCE)
    held_out = figures_of(shipped_weights(), rows)["own, held-out"]
    assert held_out == pytest.approx(kept["figures"]["own, held-out"], abs=TOLERANCE)


def test_the_numbers_that_are_not_fitted_say_that_they_were_set_by_hand() -> None:
    numbers = tuning()
    assert numbers.origin == "set by hand"
    assert numbers.how


SCORING = [
    path
    for room in ("retrieve", "answer/select", "answer/relevance")
    for path in sorted((ROOT / "rag" / room).glob("*.py"))
]


@pytest.mark.parametrize("path", SCORING, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_share_or_threshold_stands_beside_the_code_that_scores(path: Path) -> None:
    assert not re.findall(r"(?m)^_?[A-Z][A-Z_]*(?::[^=]*)? = \(?0\.\d", path.read_text(encoding="utf-8"))
