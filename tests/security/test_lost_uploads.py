"""Whenever the server dies, every file that was taken in is read in the end, none stays "reading" and nothing
of them is left in the folder of uploads; one file that fails stops none of the others.
"""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rag.ingest.ingestor import Ingestor
from rag.server.uploads.inbox import Inbox
from rag.store.people.uploads import Right
from tests.security.upload_child import ACCOUNT, inbox_of, send

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("TRABOULE_TEST_KILLS", "2"))
FILES = 12


def finished(inbox: Inbox) -> None:
    until = time.monotonic() + 120
    while inbox.store.unfinished():
        assert time.monotonic() < until, "an upload is read for ever"
        time.sleep(0.02)


def left(folder: Path) -> list[Path]:
    return [path for path in (folder / "home" / "uploads").rglob("*") if path.is_file()]


def test_killed_at_any_moment_every_upload_is_read_in_the_end(tmp_path: Path) -> None:
    chance = random.Random(1)
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        command = [sys.executable, "-m", "tests.security.upload_child", str(folder), str(FILES)]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 1.5))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with inbox_of(folder) as (opened, inbox):
            finished(inbox)
            uploads = inbox.store.of_account(ACCOUNT)
            assert len(uploads) == FILES
            assert {file.status for one in uploads for file in one.files} <= {"added", "unchanged"}
            ids = {doc_id for one in uploads for file in one.files for doc_id in file.doc_ids}
            assert ids == set(opened.store.of_patient("DEMO-A"))
            assert len(ids) == FILES
            assert left(folder) == []


def test_one_file_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Ingestor.ingest

    def failing(self: Ingestor, paths: Any, *rest: Any, **named: Any) -> Any:
        if paths[0].name == "bad.txt":
            raise RuntimeError
        return real(self, paths, *rest, **named)

    monkeypatch.setattr(Ingestor, "ingest", failing)
    with inbox_of(tmp_path) as (_, inbox):
        names = ("good.txt", "bad.txt", "last.txt")
        files = [(name, io.BytesIO(f"Texte de {name}, marche sans canne.".encode())) for name in names]
        inbox.take(ACCOUNT, Right(("DEMO-A",), curate=False), {"patient_id": "DEMO-A"}, files)
        finished(inbox)
        (upload,) = inbox.store.of_account(ACCOUNT)
        assert [file.status for file in upload.files] == ["added", "failed", "added"]
        assert left(tmp_path) == []


def test_what_waits_is_erased_with_its_patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inbox, "_work", lambda self: None)  # a server that is busy with something else
    with inbox_of(tmp_path) as (opened, inbox):
        send(inbox, 3)
        assert len(left(tmp_path)) == 3
        opened.forget(patient_id="DEMO-A")
        assert inbox.store.of_account(ACCOUNT) == []
        assert left(tmp_path) == []


def test_what_a_dead_process_left_and_no_upload_names_is_removed(tmp_path: Path) -> None:
    for place in ("waiting/gone/0", "0123456789abcdef"):
        folder = tmp_path / "home" / "uploads" / place
        folder.mkdir(parents=True)
        (folder / "note.txt").write_text("Kaliémie 3,1")
    with inbox_of(tmp_path):
        assert left(tmp_path) == []
