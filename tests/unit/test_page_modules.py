"""The page's modules: every script is one that a browser can read, and their own tests pass. ``make page``
runs a linter besides."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node")
SCRIPTS = [
    *sorted((ROOT / "rag" / "server" / "static" / "js").rglob("*.js")),
    *sorted((ROOT / "tests" / "page").glob("*.js")),
]

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed: install Node 20 or newer")


def node(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [NODE or "node", *words]
    return subprocess.run(
        command, input=given, capture_output=True, encoding="utf-8", cwd=ROOT, timeout=120, check=False
    )


def test_every_script_is_a_module_that_can_be_read() -> None:
    said = {
        path.name: node("--input-type=module", "--check", given=path.read_text(encoding="utf-8"))
        for path in SCRIPTS
    }
    assert {name: done.stderr for name, done in said.items() if done.returncode} == {}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "page").glob("*.test.js")), ids=lambda path: path.name.partition(".")[0]
)
def test_modules_do_what_their_tests_say(path: Path) -> None:
    done = node("--test", str(path))
    assert done.returncode == 0, done.stdout
