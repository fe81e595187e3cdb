"""Opening a home finishes what a process that died left half done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.build import open_home
from rag.core.errors import StorageError
from rag.core.types import SparseVector
from rag.index.edge import EdgeIndex
from rag.ingest.passages import passage_embedding_text
from rag.models.embedding.hashed import HashedWords
from rag.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No weights: vectors of hashed words, and no language model."""
    return Settings.model_validate({"models": {"dir": str(tmp_path / "models")}, "llm": {"kind": "none"}})


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    note = tmp_path / "files" / "patients" / "P1" / "2026-03-12_note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("Fracture du col du fémur droit. Pose d'une prothèse totale de hanche.", encoding="utf-8")
    with open_home(settings, tmp_path / "home", allow_fallback=True) as opened:
        assert opened.ingestor.ingest([tmp_path / "files"]).counts.added == 1
    return tmp_path / "home"


def refuse(self: EdgeIndex, passage_ids: Iterable[str]) -> None:
    raise StorageError("index_write_failed", path="index", reason="interrupted")


def interrupt_erasure(settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_home(settings, home) as opened, monkeypatch.context() as patched:
        patched.setattr(EdgeIndex, "delete", refuse)
        with pytest.raises(StorageError):
            opened.forget(patient_id="P1")
        assert opened.index.count() == 1
        assert opened.store.unfinished() != ()


def test_an_interrupted_erasure_is_finished_when_the_home_is_next_opened(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_erasure(settings, home, monkeypatch)
    with open_home(settings, home) as opened:
        assert opened.index.count() == 0
        assert opened.store.unfinished() == ()
    assert not any(b"hanche" in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_its_vectors_leave_the_cache_too(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(settings, home) as opened:
        [doc] = opened.store.list()
        [passage] = opened.index.get(sorted(opened.index.passage_ids(doc.doc_id)))
        assert len(opened.cache.lookup("hash:384", [passage_embedding_text(passage)])) == 1
    interrupt_erasure(settings, home, monkeypatch)
    with open_home(settings, home) as opened:
        assert opened.cache.lookup("hash:384", [passage_embedding_text(passage)]) == {}


def test_a_damaged_index_is_built_again_from_the_registry_and_nothing_is_embedded_twice(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "index" / "index.json").write_text("{", encoding="utf-8")
    with pytest.raises(StorageError, match="ingest --rebuild"), open_home(settings, home):
        pass

    def fail(self: HashedWords, text: str) -> list[float]:
        raise AssertionError("embedded again")

    monkeypatch.setattr(HashedWords, "_get_text_embedding", fail)
    with open_home(settings, home, rebuild=True, allow_fallback=True) as opened:
        assert opened.mend_index() is not None
        assert opened.index.count() == 1
    with open_home(settings, home) as opened:
        assert opened.mend_index() is None
        assert opened.rebuild_index().counts.unchanged == 1


def test_rebuilding_finds_a_passage_that_is_missing_though_the_number_is_right(
    settings: Settings, home: Path
) -> None:
    with open_home(settings, home) as opened:
        [doc] = opened.store.list()
        [passage] = opened.index.get(sorted(opened.index.passage_ids(doc.doc_id)))
        opened.index.delete([passage.passage_id])
        opened.index.upsert(
            [replace(passage, passage_id="f" * 32, doc_id="stray")],
            [(1.0, *[0.0] * 383)],
            [SparseVector((), ())],
        )
        assert opened.mend_index() is None
        assert opened.rebuild_index().counts.updated == 1
        assert opened.index.get([passage.passage_id]) == (passage,)


def test_a_home_opens_though_the_rest_cannot_be_finished_now(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_erasure(settings, home, monkeypatch)
    monkeypatch.setattr(EdgeIndex, "delete", refuse)
    with open_home(settings, home) as opened:
        assert list(opened.pipeline().documents()) == []
        assert opened.pipeline().search("prothèse de hanche", k=5).hits == ()
