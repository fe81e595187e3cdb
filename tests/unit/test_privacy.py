"""The files of a home are for its account alone: made so, closed again where they were left open, told where
they are."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.build import open_home
from rag.settings import Settings
from rag.store.database import Database
from rag.store.privacy import open_to_others
from tests.integration.command_line import CommandLine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no such rights on this system")


@pytest.fixture(autouse=True)
def _generous() -> Iterator[None]:
    """The most generous rights that a system may give new files."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a document, on an index in process, in a folder that somebody made for all to enter."""
    note = tmp_path / "files" / "patients" / "P1" / "2026-03-12_note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("Fracture du col du fémur droit.", encoding="utf-8")
    (tmp_path / "home").mkdir(mode=0o755)
    settings = Settings.model_validate({"models": {"dir": str(tmp_path / "models")}, "llm": {"kind": "none"}})
    with open_home(settings, tmp_path / "home", allow_fallback=True) as opened:
        assert opened.ingestor.ingest([tmp_path / "files"]).counts.added == 1
    return tmp_path / "home"


def test_data_are_made_for_one_account(home: Path) -> None:
    made = {path.name: mode(path) for path in home.iterdir()}
    folders = {"index": 0o700, "sources": 0o700}
    assert {name: value for name, value in made.items() if name in folders} == folders
    files = {name: value for name, value in made.items() if name not in folders}
    assert {"traboule.db", "embeddings.db"} <= files.keys()
    assert set(files.values()) == {0o600}
    assert open_to_others(home) == [home]


def test_data_left_open_are_closed_when_the_home_is_opened(home: Path) -> None:
    for path in home.iterdir():
        path.chmod(0o777)
    assert {path.name for path in open_to_others(home)} >= {
        "home",
        "traboule.db",
        "embeddings.db",
        "index",
        "sources",
    }
    Database.open(home).close()
    assert open_to_others(home) == [home]
    assert mode(home / "sources") == 0o700
    assert mode(home / "index") == 0o700


def test_models_and_the_folder_itself_stay_as_their_owner_made_them(home: Path) -> None:
    (home / "models").mkdir(mode=0o755)
    Database.open(home).close()
    assert (mode(home), mode(home / "models")) == (0o755, 0o755)


def test_doctor_says_what_is_open_and_the_mend(home: Path, tmp_path: Path) -> None:
    command = CommandLine(
        home, {"TRABOULE_MODELS__DIR": str(tmp_path / "models"), "TRABOULE_LLM__KIND": "none"}
    )
    findings = [
        item
        for item in json.loads(command.run("doctor", "--json").out)["findings"]
        if item["subject"] == "home"
    ]
    assert any(item["state"] == "bad" and f"chmod -R go= {home}" in item["text"] for item in findings)
    home.chmod(0o700)
    findings = [
        item
        for item in json.loads(command.run("doctor", "--json").out)["findings"]
        if item["subject"] == "home"
    ]
    assert [item["state"] for item in findings] == ["ok"]
