"""The process that parses: one file after another, each under limits of memory and processor time.

It gets tasks on standard input and sends frames on what was its standard output; it ends when its input ends.
It opens the files it is told of and nothing else: no database, no index; where the system can, it has no
network and changes no file (``confinement``).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.ingest.parsing.parts import Parts
from rag.ingest.parsing.process.confinement import confine
from rag.ingest.parsing.process.limits import limit_memory, limit_processor
from rag.ingest.parsing.process.wire import Alive, BrokenChannel, End, Sent, Task, Warned, receive_task, send
from rag.settings import IngestSettings


def main() -> None:
    """Read tasks until there are none."""
    confine()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interruption ends
    settings = IngestSettings.model_validate_json(sys.argv[1])
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints stays out of the channel
    tasks: SimpleQueue[Task] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()

    def tell(item: Sent) -> None:
        limit_processor(settings.parse_timeout_s)
        send(channel, item)

    parts = Parts(settings, lambda: tell(Alive()))
    limit_memory(settings.parse_memory_mb)
    tell(Alive())
    while True:
        task = tasks.get()
        limit_processor(settings.parse_timeout_s)
        _parse(task, parts, tell)


def _listen(stream: BinaryIO, tasks: SimpleQueue[Task]) -> None:
    """Take tasks; end the process at once when the parent is gone, whatever it is doing."""
    try:
        while True:
            tasks.put(receive_task(stream))
    except BrokenChannel:
        os._exit(0)


def _parse(task: Task, parts: Parts, tell: Callable[[Sent], None]) -> None:
    parts.begin()
    try:
        with Path(task.path).open("rb") as stream:
            for item in parts.parsed(task.source, stream, lambda error: tell(Warned(error))):
                tell(item)
    except OSError as error:
        tell(ParseError("file_unreadable", file=task.path, reason=error.strerror or type(error).__name__))
    tell(End())


if __name__ == "__main__":
    main()
