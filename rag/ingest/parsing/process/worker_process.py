"""One worker process as its parent sees it: started when needed, watched while it is waited for, ended when
it misbehaves.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.process.wire import Alive, End, Task, Warned, receive, send_task
from rag.settings import IngestSettings

ENTRY = "rag.ingest.parsing.process.worker"
"""The module whose ``main`` the process runs."""

_FILES_A_PROCESS = 1000
"""Then it is replaced, so that what a library leaks is given back."""

_START_S = 60.0
_LAST_BREATH_S = 2.0


class WorkerProcess:
    """Reads files, one at a time, in a process that may die of any of them."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._give_up_at: float | None = None
        self._timed_out = False
        self._files = 0

    def read(self, task: Task) -> Iterator[Document | ParseError | Warned]:
        """Yield what a file holds; at its end the error that ended the process, if one did."""
        try:
            process = self._ready()
            send_task(_open(process.stdin), task)
            while not isinstance(item := self._next(process, self._settings.parse_timeout_s), End):
                if isinstance(item, ParseError) and item.key == "parse_memory":
                    self._files = (
                        _FILES_A_PROCESS  # what is left of its memory may not be enough for another file
                    )
                if not isinstance(item, Alive):
                    yield item
        except Exception:
            # whatever it sent, the file is over and the next one is read: nobody else would tell who waits
            # for it
            failure = self._failure(task)
            self.end()
            yield failure

    @property
    def pid(self) -> int | None:
        """Return the id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    def kill_if_hung(self) -> None:
        """Kill the process when it has sent nothing for too long while it was waited for. Called by another
        thread.
        """
        limit = self._give_up_at
        if limit is not None and time.monotonic() > limit:
            self._timed_out = True
            self.kill()

    def kill(self) -> None:
        """Kill the process, with the programs that it started, such as an OCR engine. Safe from another
        thread.
        """
        process = self._process
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()

    def end(self) -> None:
        """Kill the process and give its pipes back. The next file gets a new one."""
        self.kill()
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    _open(pipe).close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._files >= _FILES_A_PROCESS:
            self.end()
        if self._process is None:
            self._files, self._timed_out = 0, False
            self._process = _started(self._settings)
            self._next(
                self._process, max(_START_S, self._settings.parse_timeout_s)
            )  # it says when it is ready
        self._files += 1
        return self._process

    def _next(
        self, process: subprocess.Popen[bytes], seconds: float
    ) -> Document | ParseError | Warned | Alive | End:
        self._give_up_at = time.monotonic() + seconds
        try:
            return receive(_open(process.stdout))
        finally:
            self._give_up_at = None

    def _failure(self, task: Task) -> ParseError:
        file, code = name_of(task.source), 0
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_LAST_BREATH_S)
        if self._timed_out or (os.name == "posix" and code == -signal.SIGXCPU):
            return ParseError("parse_timeout", file=file, seconds=self._settings.parse_timeout_s)
        return ParseError("parse_crashed", file=file, parser=task.source.parser, reason=_why(code))


def _why(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return str(code)


def _open(pipe: object) -> BinaryIO:
    assert pipe is not None
    return pipe  # type: ignore[return-value]


def _started(settings: IngestSettings) -> subprocess.Popen[bytes]:
    """Start a process with this one's modules and without its secrets."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRABOULE_")}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-P", "-c", f"from {ENTRY} import main; main()", settings.model_dump_json()]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
