"""Killed at any moment of an erasure or of an upgrade, a home loses nothing that was to stay and brings
nothing back that was to go. ``TRABOULE_TEST_KILLS`` says how many times each is killed (uploads and ingest:
``test_lost_uploads.py``, ``tests/integration/test_crash.py``).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from rag.build import open_home
from rag.store.database import Database
from rag.store.erasures import ErasureStore
from rag.store.migrations.revisions import OURS
from rag.store.people.conversations import ConversationStore, NewTurn
from tests.conformance.stored_homes import lay_sqlite
from tests.security.test_erasure import MARK, corpus, holding, reported
from tests.server.serving import settings_for

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("TRABOULE_TEST_KILLS", "1"))


def run(what: str, folder: Path, kill_after: float | None = None) -> float:
    """Run the child, kill it so long after it began; return how long it ran."""
    command = [sys.executable, "-m", "tests.security.kill_child", what, str(folder)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
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


def test_an_erasure_killed_at_any_moment_is_done_or_not_begun(tmp_path: Path) -> None:
    whole, chance = tmp_path / "whole", random.Random(4)
    files = corpus(tmp_path / "corpus")
    for number in range(30):
        name = files / "patients" / "DEMO-A" / f"2026-05-{number + 1:02}_note.txt"
        name.write_text(f"Note {number} {MARK}. " + f"Le patient {number} marche, {MARK}. " * 20, "utf-8")
    with open_home(settings_for(whole), whole / "home", allow_fallback=True) as opened:
        opened.ingestor.ingest([files])
        store = ConversationStore(opened.store.database)
        for number in range(20):
            kept = store.start("anne", "", "DEMO-A")
            store.append(kept.conversation_id, NewTurn(f"{MARK} {number} ?", {}, {}, "DEMO-A"))
        reported(whole / "home", "one", "x")
        before = opened.store.patients()
    timed = shutil.copytree(whole, tmp_path / "timed")
    seconds = run("forget", timed)
    begun = done = 0
    for turn in range(KILLS):
        folder = Path(shutil.copytree(whole, tmp_path / f"killed-{turn}"))
        run("forget", folder, kill_after=chance.uniform(0, seconds))
        with open_home(settings_for(folder), folder / "home", allow_fallback=True) as opened:
            assert ErasureStore(opened.store.database).waiting() == []
            now = opened.store.patients()
            assert now in (before, {"DEMO-B": 1})
            if now == before:
                assert len(ConversationStore(opened.store.database).of_account("anne")) == 20
                continue
            done += 1
            opened.mend_index()
            assert opened.ingestor.ingest([files]).counts.added == 0
            assert opened.store.patients() == {"DEMO-B": 1}
            assert opened.index.count() == opened.store.passage_total() == 1
        assert holding(folder / "home") == []
        begun += 1
        shutil.rmtree(folder)
    assert done == begun


def rows_of(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "traboule.db")) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table' order by name")
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]
            for (name,) in names.fetchall()
        }


def test_an_upgrade_killed_at_any_moment_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    lay_sqlite(tmp_path / "whole" / "home")
    seconds, chance = run("migrate", tmp_path / "whole"), random.Random(5)
    expected = rows_of(tmp_path / "whole" / "home")
    for turn in range(KILLS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        lay_sqlite(folder / "home")
        run("migrate", folder, kill_after=chance.uniform(0, seconds))
        Database.open(folder / "home").close()
        assert rows_of(folder / "home") == expected
        with closing(sqlite3.connect(folder / "home" / "traboule.db")) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
            assert connection.execute("select version_num from alembic_version").fetchone() == (OURS.head,)
