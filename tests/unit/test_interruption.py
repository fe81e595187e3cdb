"""Interrupted before and after every single write: what is visible stays whole, and recovery leaves nothing
over.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from rag.index.memory import MemoryIndex
from tests.unit.ingesting import EMBEDDING, Home, open_home

SMALL = {"min_passage_tokens": 8, "max_passage_tokens": 16}
"""Passages of a sentence, so that a short text makes more of them than are written at once."""

Copies = Callable[[], tuple[Path, MemoryIndex]]


class Killed(BaseException):
    """What no handler of the program catches, like the end of the process."""


WRITES = (
    (
        "rag.store.documents.DocumentStore",
        ("enter", "begin_all", "commit_all", "settle", "abandon", "delete_all", "relocate"),
    ),
    ("rag.store.inputs.InputStore", ("put", "delete")),
    ("rag.store.sources.SourceStore", ("put", "_place", "_erase")),
    ("rag.index.memory.MemoryIndex", ("upsert", "delete")),
)


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Raise at the ``step``-th moment, counting one before and one after each write; give the count of
    moments that passed.
    """
    passed = [0]

    def moment() -> None:
        passed[0] += 1
        if passed[0] == step:
            raise Killed

    def guarded(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            moment()
            result = write(*args, **kwargs)
            moment()
            return result

        return call

    with monkeypatch.context() as patch:
        for owner, names in WRITES:
            module, _, name = owner.rpartition(".")
            kind = getattr(__import__(module, fromlist=[name]), name)
            for write in names:
                patch.setattr(kind, write, guarded(getattr(kind, write)))
        yield passed


def inbox(folder: Path, version: int) -> Path:
    (folder / "patients" / "P1").mkdir(parents=True, exist_ok=True)
    (folder / "patients" / "P1" / "long.txt").write_text(
        f"Une phrase de la version {version} pour être lue. " * 90
    )
    (folder / "same.txt").write_text("Ce texte ne change pas avec le temps.")
    (folder / "broken.txt").write_bytes(b"\x00" if version == 2 else b"Le patient est dans un bon jour.")
    records = [
        {
            "_id": f"r{number}",
            "text": f"Le texte de la note {number} est dans sa version {version * (number % 2)}.",
        }
        for number in range(version, 4 + version)
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    return folder


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    """Give a function that copies one home, with its index, into which the first version was ingested."""
    first = MemoryIndex("hash", EMBEDDING.dimensions)
    with open_home(tmp_path / "first", first, **SMALL) as home:
        home.ingest(inbox(tmp_path / "in", 1))
    count = 0

    def copy() -> tuple[Path, MemoryIndex]:
        nonlocal count
        count += 1
        return Path(shutil.copytree(tmp_path / "first", tmp_path / f"copy{count}")), deepcopy(first)

    return copy


def seen(home: Home) -> tuple[dict[str, str], set[str], set[str]]:
    revisions = home.store.ready_revisions(home.ids())
    return (
        revisions,
        {found for doc_id in revisions for found in home.index.passage_ids(doc_id)},
        {path.name for path in home.blobs()},
    )


def assert_whole(home: Home) -> None:
    """Every visible document has all its passages."""
    for version in home.store.versions(home.ids()).values():
        passages = home.index.get(sorted(home.index.passage_ids(version.doc_id)))
        assert sum(passage.revision == version.revision for passage in passages) == version.passages


def test_ingest_interrupted_at_every_write_recovers_and_ends_as_if_it_was_not(
    tmp_path: Path, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, states = tmp_path / "in", []
    with open_home(tmp_path / "whole", **SMALL) as home:
        for version in (1, 2):
            home.ingest(inbox(source, version))
            states.append(seen(home))
    step, finished = 0, False
    while not finished:
        step += 1
        folder, index = copies()
        with open_home(folder, index, **SMALL) as home:
            inbox(source, 2)
            with killed_at(step, monkeypatch):
                try:
                    home.ingest(source)
                    finished = True
                except Killed:
                    assert_whole(home)
        with open_home(folder, index, **SMALL) as home:
            visible = home.store.ready_revisions(home.ids())
            assert all(
                revision in (states[0][0].get(doc_id), states[1][0].get(doc_id))
                for doc_id, revision in visible.items()
            )
            home.ingestor.recover()
            home.assert_sound()
            home.ingest(source)
            home.assert_sound()
            assert seen(home) == states[1]
    assert step > 30


def test_erasing_interrupted_at_every_write_is_finished_by_recovery(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, finished = 0, False
    while not finished:
        step += 1
        folder, index = copies()
        with open_home(folder, index, **SMALL) as home, killed_at(step, monkeypatch):
            try:
                home.ingestor.forget(patient_id="P1")
                finished = True
            except Killed:
                assert_whole(home)
        with open_home(folder, index, **SMALL) as home:
            home.ingestor.recover()
            home.assert_sound()
            home.ingestor.forget(patient_id="P1")
            assert home.store.patients() == {}
            home.assert_sound()
    assert step > 8


def test_recovery_itself_may_be_interrupted(
    tmp_path: Path, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in"
    step, finished = 0, False
    while not finished:
        step += 1
        folder, index = copies()
        with open_home(folder, index, **SMALL) as home:
            with killed_at(16, monkeypatch), pytest.raises(Killed):
                home.ingest(inbox(source, 2))
            with killed_at(step, monkeypatch):
                try:
                    home.ingestor.recover()
                    finished = True
                except Killed:
                    assert_whole(home)
        with open_home(folder, index, **SMALL) as home:
            home.ingestor.recover()
            home.assert_sound()
    assert step > 4
