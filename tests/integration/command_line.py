"""``traboule`` as a shell runs it: words in; exit code, standard output and standard error out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from rag.cli import main
from tests.spec.schemas import Schema, obeys

NOWHERE = {"TRABOULE_MODELS__HUB_URL": "http://127.0.0.1:9", "TRABOULE_MODELS__USE_REGISTRY": "false"}
"""Settings under which no source of models answers."""
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self, schema: Schema) -> Any:
        """Return the one document on standard output; fail where it disobeys the schema, or where anything
        else was printed there.
        """
        document = json.loads(self.out)
        obeys(document, schema)
        return document

    def error_line(self) -> str:
        """Return the error; fail where it is not one line, or where standard output has anything."""
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs commands on one home, in an environment without the caller's settings and locale."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: object, stdin: str = "", **settings: str) -> Ended:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self._environment(settings), clear=True),
            mock.patch.object(sys, "argv", self._words("traboule", words)),
            mock.patch.object(sys, "stdin", io.StringIO(stdin)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _exit_code()
        return Ended(code, out.getvalue(), err.getvalue())

    def spawn(self, *words: object, **settings: str) -> Ended:
        """Run a command in a process of its own."""
        command = [sys.executable, "-m", *self._words("rag", words)]
        done = subprocess.run(
            command,
            env=self._environment(settings),
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def _words(self, program: str, words: tuple[object, ...]) -> list[str]:
        return [program, "--home", str(self.home), *map(str, words)]

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TRABOULE_") and name not in _LOCALE
        }
        return {**kept, "LANG": "en_GB.UTF-8", **self.settings, **settings}


def _exit_code() -> int:
    try:
        main()
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 1
    raise AssertionError("the command line always ends the process")
