"""Killed at any moment, a home comes back whole: nothing half visible, nothing left over; the next run ends
where one run would have.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.core.passage_ids import passage_id
from tests.integration.crash_child import open_parts

CHILD = Path(__file__).with_name("crash_child.py")
ROOT = Path(__file__).parents[2]
KILLS = 20
State = tuple[dict[str, str], frozenset[str], frozenset[str]]


def run(home: Path, command: str, argument: Path | str, kill_after: float | None = None) -> float:
    """Run the child, kill it ``kill_after`` seconds after it began; return how long it ran from there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.crash_child", str(home), command, str(argument)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    if kill_after is not None:
        time.sleep(kill_after)
        child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert kill_after is not None or child.returncode == 0
    return time.perf_counter() - begun


def state(home: Path, *, recover: bool) -> State:
    """Return the visible revisions, the ids of all passages and the stored copies; check that every visible
    document is whole.
    """
    store, index, ingestor = open_parts(home)
    if recover:
        ingestor.recover()
    versions = store.versions(summary.doc_id for summary in store.list())
    expected = {
        passage_id(found.doc_id, found.revision, ordinal)
        for found in versions.values()
        for ordinal in range(found.passages)
    }
    known = set(versions) | set(store.unfinished())
    stored = frozenset(found for doc_id in known for found in index.passage_ids(doc_id))
    assert expected <= stored, "a visible document lacks passages"
    if recover:
        assert stored == expected, "passages are left over"
        assert index.count() == len(expected)
        assert store.unfinished() == ()
    copies = frozenset(path.name for path in (home / "sources").rglob("*") if path.is_file())
    if recover:
        assert len(copies) == len({found.blob for found in versions.values()} - {None})
    index.close()
    store.database.close()
    return {doc_id: found.revision for doc_id, found in versions.items()}, stored, copies


def inbox(folder: Path, *, version: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(16):
        text = " ".join(
            f"Phrase {sentence} du document {number}, version {version if number % 2 else 1}."
            for sentence in range(20 + number)
        )
        patient = folder / "patients" / f"P{number % 3}"
        patient.mkdir(parents=True, exist_ok=True)
        (patient / f"note{number}.txt").write_text(text)
    records = (
        {"_id": f"r{number}", "text": f"Le texte de l'article {number} est dans sa version {version}. " * 12}
        for number in range(version, 40 + version)
    )
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    return folder


@pytest.mark.slow
def test_ingest_killed_at_random_moments_ends_in_the_same_state(tmp_path: Path) -> None:
    """Ten kills over a first ingest, ten over an update of it, each from a random moment of the run."""
    chance = random.Random(20260312)
    whole, broken, source = tmp_path / "whole", tmp_path / "broken", tmp_path / "in"
    for version in (1, 2):
        inbox(source, version=version)
        seconds = run(whole, "ingest", source)
        before = state(broken, recover=True)[0] if version == 2 else {}
        after = state(whole, recover=False)[0]
        for _ in range(KILLS // 2):
            run(broken, "ingest", source, kill_after=chance.uniform(0, seconds))
            visible = state(broken, recover=False)[0]
            assert all(
                revision in (before.get(doc_id), after.get(doc_id)) for doc_id, revision in visible.items()
            )
        run(broken, "ingest", source)
        assert state(broken, recover=True) == state(whole, recover=True)


@pytest.mark.slow
def test_erasing_killed_at_a_random_moment_is_finished_by_recovery(tmp_path: Path) -> None:
    chance = random.Random(7)
    home, source = tmp_path / "home", inbox(tmp_path / "in", version=1)
    run(home, "ingest", source)
    for patient in ("P0", "P1", "P2"):
        run(home, "forget", patient, kill_after=chance.uniform(0, 0.2))
        state(home, recover=True)
        run(home, "forget", patient)
        visible = state(home, recover=True)[0]
        store, index, _ = open_parts(home)
        assert patient not in store.patients()
        assert set(visible) == {summary.doc_id for summary in store.list()}
        index.close()
        store.database.close()
