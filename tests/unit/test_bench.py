"""Speed and size: the synthetic collection is always the same, recall is true, and the page shows what was
kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.bench.facts import measure_facts
from eval.bench.page import PAGE, keep, write_page
from eval.bench.size import SizeResult, measure_size
from eval.bench.synthetic import BLOCK, Synthetic, quick_terms
from rag.index.lexical import encode_passage, weigh
from rag.settings import IndexSettings, SearchSettings


def test_a_block_is_always_the_same_whatever_was_made_before() -> None:
    one, other = Synthetic(1000), Synthetic(1000)
    list(one.blocks())
    assert one.block(2).passages == other.block(2).passages
    assert np.array_equal(one.block(2).vectors, other.block(2).vectors)
    assert Synthetic(1000, seed=8).block(2).passages != one.block(2).passages


def test_the_collection_has_the_size_asked_for() -> None:
    blocks = list(Synthetic(2 * BLOCK + 10).blocks())
    assert [len(block.passages) for block in blocks] == [BLOCK, BLOCK, 10]
    assert len({passage.passage_id for block in blocks for passage in block.passages}) == 2 * BLOCK + 10
    assert all(np.allclose(np.linalg.norm(block.vectors, axis=1), 1, atol=1e-5) for block in blocks)


def test_passages_of_one_document_are_of_one_patient() -> None:
    patients: dict[str, set[str | None]] = {}
    for passage in Synthetic(500).block(0).passages:
        patients.setdefault(passage.doc_id, set()).add(passage.patient_id)
    assert all(len(found) == 1 for found in patients.values())
    assert {None} in patients.values()


def test_the_short_way_to_terms_gives_what_the_index_gives() -> None:
    for passage in Synthetic(500).block(1).passages[:60]:
        assert weigh(quick_terms(passage)) == encode_passage(passage)


@pytest.fixture(scope="module")
def result() -> SizeResult:
    return measure_size(IndexSettings(exact_up_to=300), SearchSettings(), 1500, probes=6)


def test_a_measurement_says_what_was_built_and_found(result: SizeResult) -> None:
    assert (result.passages, result.variant) == (1500, "int8")
    assert result.recall_at_10 >= 0.9
    assert result.recall_of_patient == 1.0  # so few passages are compared one by one
    assert result.disk_mb > 0
    assert set(result.searches) == {
        "hybrid",
        "hybrid, one patient",
        "dense",
        "dense, one patient",
        "words",
        "hybrid, second stage",
    }
    assert all(0 < times["p50"] <= times["p95"] for times in result.searches.values())


def test_the_page_shows_every_kept_result(tmp_path: Path, result: SizeResult) -> None:
    keep(tmp_path, "size-1500-int8", result.to_json())
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert (tmp_path / PAGE).is_file()
    assert f"| 1 500 | int8 | {result.upsert_per_s:.0f} |" in page
    assert str(tmp_path) not in page


def test_plots_are_written_where_matplotlib_is_installed(tmp_path: Path, result: SizeResult) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'traboule[bench]'")
    keep(tmp_path, "size-1500-int8", result.to_json())
    assert "![Time of a search by size](benchmarks/search-time.svg)" in write_page(tmp_path).read_text(
        encoding="utf-8"
    )
    assert (tmp_path / "benchmarks" / "search-time.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_facts_are_read_written_and_read_back() -> None:
    result = measure_facts(20)
    assert result.facts >= 20 * 8  # eight results a note, and more
    assert result.database_mb > result.database_mb_without_facts
    assert set(result.readings) == {"one_concept", "record", "pathway"}
