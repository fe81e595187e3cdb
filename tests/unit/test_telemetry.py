"""No library calls home: the switches are thrown on import, everywhere, and what others left to be sent is
told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.telemetry import SWITCHES, queue_left

_SAY = f"import os, json; print(json.dumps([os.environ.get(name) for name in {list(SWITCHES)!r}]))"


def _bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SWITCHES}


@pytest.mark.parametrize("package", ["rag", "eval", "rag.ingest.parsing.process.worker", "rag.cli"])
def test_import_of_any_package_throws_every_switch(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {package}; {_SAY}"], env=_bare(), capture_output=True, check=True
    )
    assert json.loads(done.stdout) == list(SWITCHES.values())


def test_switch_that_somebody_set_otherwise_is_thrown_all_the_same() -> None:
    environment = {**_bare(), "ORT_DISABLE_TELEMETRY": "0", "DO_NOT_TRACK": "0"}
    done = subprocess.run(
        [sys.executable, "-c", f"import rag; {_SAY}"], env=environment, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == list(SWITCHES.values())


def test_a_session_of_onnx_runtime_leaves_no_queue(tmp_path: Path) -> None:
    environment = {**_bare(), "HOME": str(tmp_path), "XDG_CACHE_HOME": ""}
    code = (
        "import rag.models.embedding.e5.engine, onnxruntime; onnxruntime.disable_telemetry_events();"
        " onnxruntime.get_available_providers()"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_queue_that_another_program_left_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert queue_left() is None
    folder = tmp_path / "Microsoft" / "DeveloperTools" / ".onnxruntime"
    folder.mkdir(parents=True)
    assert queue_left() is None
    (folder / "onnxruntime.db").write_bytes(b"events")
    assert queue_left() == folder
    assert (folder / "onnxruntime.db").read_bytes() == b"events"
