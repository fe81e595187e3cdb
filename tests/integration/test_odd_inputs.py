"""Searches and collections at the edges: one document, one letter, stop words alone, emoji, control
characters, ids that come twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.build import open_home
from rag.core.errors import UsageError
from rag.core.types import Filters
from rag.home import OpenHome
from rag.settings import Settings

ONE = "Fracture du col du fémur droit. Prothèse totale de hanche le 12 mars 2026."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No weights: vectors of hashed words, and no language model."""
    return Settings.model_validate({"models": {"dir": str(tmp_path / "models")}, "llm": {"kind": "none"}})


@pytest.fixture
def opened(tmp_path: Path, settings: Settings) -> Iterator[OpenHome]:
    with open_home(settings, tmp_path / "home", allow_fallback=True) as home:
        yield home


def read(opened: OpenHome, folder: Path, *records: dict[str, str]) -> list[str]:
    """Ingest records and return the keys of their problems."""
    folder.mkdir(exist_ok=True)
    (folder / "records.jsonl").write_text(
        "\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8"
    )
    [result] = opened.ingestor.ingest([folder]).files
    return [problem.key for problem in result.problems]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_a_collection_of_one_document_is_searched(opened: OpenHome, tmp_path: Path, mode: str) -> None:
    assert read(opened, tmp_path / "in", {"_id": "only", "text": ONE}) == []
    [hit] = opened.pipeline().search("prothèse de hanche", k=10, mode=mode).hits  # type: ignore[arg-type]
    assert hit.passage.doc_id == "only"
    assert hit.score > 0
    opened.index.optimize()
    assert (
        opened.pipeline()
        .search("prothèse", k=10, filters=Filters.for_patient("nobody", literature=False))
        .hits
        == ()
    )


def test_an_empty_collection_finds_nothing(opened: OpenHome) -> None:
    assert opened.pipeline().search("prothèse", k=10).hits == ()


@pytest.mark.parametrize(
    "query",
    [
        "a",
        "é",
        "7",
        "de la",
        "the of and",
        "😀 fièvre",
        "fiè\x00vre\x07",
        "\u200bhanche\u200b",
        "a" * 9_999,
        "x\n\ty",
    ],
)
def test_any_query_with_a_letter_or_a_figure_has_a_ranking(
    opened: OpenHome, tmp_path: Path, query: str
) -> None:
    read(
        opened,
        tmp_path / "in",
        {"_id": "1", "text": ONE},
        {"_id": "2", "text": "Fièvre à 39,2 °C depuis deux jours."},
    )
    hits = opened.pipeline().search(query, k=10, mode="hybrid").hits
    assert {hit.passage.doc_id for hit in hits} == {"1", "2"}
    assert [hit.rank for hit in hits] == [1, 2]
    assert all(0 <= hit.score <= 1 for hit in hits)


@pytest.mark.parametrize("query", ["", "  ", "😀", "?!", "\x00\x01"])
def test_a_query_without_letter_or_figure_is_refused(opened: OpenHome, query: str) -> None:
    with pytest.raises(UsageError) as raised:
        opened.pipeline().search(query, k=10)
    assert raised.value.key == "question_empty"


def test_stop_words_alone_find_nothing_by_words(opened: OpenHome, tmp_path: Path) -> None:
    read(opened, tmp_path / "in", {"_id": "1", "text": ONE})
    assert opened.pipeline().search("de la", k=10, mode="sparse").hits == ()


def test_text_with_emoji_and_control_characters_is_found_and_quoted_as_stored(
    opened: OpenHome, tmp_path: Path
) -> None:
    assert (
        read(opened, tmp_path / "in", {"_id": "odd", "text": "Douleur 😀🩺 7/10\x07 au genou\u200b gauche."})
        == []
    )
    [hit] = opened.pipeline().search("douleur genou gauche", k=5).hits
    stored = opened.pipeline().document("odd").text
    assert stored[hit.passage.start : hit.passage.end] == hit.passage.text
    assert "😀🩺" in hit.passage.text


def test_of_two_records_with_one_id_the_first_stays_and_the_second_is_reported(
    opened: OpenHome, tmp_path: Path
) -> None:
    assert read(opened, tmp_path / "in", {"_id": "x", "text": ONE}, {"_id": "x", "text": "Autre texte."}) == [
        "document_id_twice"
    ]
    assert opened.pipeline().document("x").text == ONE
    assert opened.index.count() == 1
