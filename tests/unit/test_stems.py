"""Stems are kept between questions, and nothing of an erased document stays in memory."""

from __future__ import annotations

from pathlib import Path

from rag.build import open_home
from rag.core.types import Passage
from rag.retrieve import passage_stems as stems
from rag.settings import Settings

PASSAGE = Passage(
    "p1",
    "d1",
    "r",
    0,
    0,
    44,
    "Fièvre ce matin. Paracétamol donné à 8 h 30.",
    "Note",
    "note",
    "fr",
    section=("Surveillance",),
)


def test_stems_are_cut_by_sentence_and_hold_those_of_the_headings() -> None:
    found = stems.stems_of(PASSAGE)
    assert len(found.sentences) == 2
    assert "fievr" in found.sentences[0]
    assert "fievr" not in found.sentences[1]
    assert {"not", "surveil"} <= found.all
    assert stems.stems_of(PASSAGE) is found


def test_erasing_a_document_drops_them(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "models": {"dir": str(tmp_path / "none"), "use_registry": False},
            "llm": {"kind": "none"},
            "index": {"kind": "memory"},
        }
    )
    with open_home(settings, tmp_path / "home", allow_fallback=True) as home:
        kept = stems.stems_of(PASSAGE)
        home.forget(doc_ids=["d1"])
        assert stems.stems_of(PASSAGE) is not kept
