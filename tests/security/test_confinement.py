"""A parser that a file has taken over has no network, changes no file and runs no weights; secrets come from
files.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rag.core.errors import ConfigurationError
from rag.ingest.parsing.process.confinement import confine
from rag.settings import load_settings

ATTACK = """
import pathlib, socket, sys
from rag.ingest.parsing.process.confinement import confine
held = confine()
place, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
def tried(act):
    try:
        act()
    except OSError:
        return "refused"
    return "done"
print(sorted(held))
print(tried(lambda: socket.create_connection(("127.0.0.1", port), 2)))
print(tried(lambda: (place / "left").write_text("patient")))
print(tried(lambda: (place / "kept").unlink()))
print(tried(lambda: (place / "kept").write_text("patient")))
print((place / "kept").read_text())
"""
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone confines")


@linux
def test_a_worker_reads_and_does_nothing_else(tmp_path: Path) -> None:
    import socket

    home = Path.home() / ".cache" / f"traboule-test-{tmp_path.name}"
    home.mkdir(parents=True)
    try:
        (home / "kept").write_text("kept")
        with socket.create_server(("127.0.0.1", 0)) as server:
            command = [sys.executable, "-c", ATTACK, str(home), str(server.getsockname()[1])]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        held = told[0]
        assert told[1] == ("refused" if "network" in held else "done")
        assert told[2:5] == (["refused"] * 3 if "files" in held else ["done"] * 3)
        if "files" in held:
            assert told[5] == "kept"
            assert [path.name for path in home.iterdir()] == ["kept"]
    finally:
        for path in home.iterdir():
            path.unlink()
        home.rmdir()


def test_confining_elsewhere_than_on_linux_holds_nothing_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert confine() == frozenset()


def test_a_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "key"
    secret.write_text("s3cret\n")
    monkeypatch.setenv("TRABOULE_LLM__API_KEY_FILE", str(secret))
    key = load_settings(tmp_path).llm.api_key
    assert key is not None
    assert key.get_secret_value() == "s3cret"
    monkeypatch.setenv("TRABOULE_LLM__API_KEY", "other")
    with pytest.raises(ConfigurationError, match="API_KEY_FILE"):
        load_settings(tmp_path)


def test_a_file_of_a_secret_that_is_not_there_is_an_error_and_a_setting_that_ends_so_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRABOULE_AUDIT__KEY_FILE", str(tmp_path / "audit-key"))
    assert load_settings(tmp_path).audit.key_file == tmp_path / "audit-key"
    monkeypatch.setenv("TRABOULE_SERVER__OIDC__CLIENT_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="none"):
        load_settings(tmp_path)
