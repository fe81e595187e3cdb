"""A pool of worker processes that parse files, so that one bad file can neither crash nor hang nor fill the
memory of an ingest.

A process is started when there is work for it and serves many files. It sends no faster than what it sent is
taken: memory stays bounded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.parsing.process.wire import End, Task, Warned
from rag.ingest.parsing.process.worker_process import WorkerProcess
from rag.settings import IngestSettings

_WAITING = 4
"""Documents of one file that wait to be taken."""

_TICK_S = 0.1

Item = Document | ParseError | Warned


def worker_count(settings: IngestSettings) -> int:
    """Return how many processes parse: the setting, else half of the processors, 1 to 4."""
    return settings.workers if settings.workers is not None else max(1, min(4, (os.cpu_count() or 2) // 2))


class Job:
    """A file on its way through a worker: iterate over it, once, for what it holds."""

    def __init__(self, task: Task, stop: Event) -> None:
        self.task, self._stop = task, stop
        self._sent: Queue[Item | End] = Queue(_WAITING)
        self._is_dropped = False
        self.waiting: Callable[[], None] = lambda: None
        """Called while nothing comes, some ten times a second; what it raises ends the iteration."""

    @property
    def is_over(self) -> bool:
        """Tell whether nobody will take the rest."""
        return self._is_dropped or self._stop.is_set()

    def __iter__(self) -> Iterator[Item]:
        while not self.is_over:
            try:
                item = self._sent.get(timeout=_TICK_S)
            except Empty:
                self.waiting()
                continue
            if isinstance(item, End):
                return
            yield item

    def put(self, item: Item | End) -> None:
        """Hand on what came; wait while enough of it waits."""
        while not self.is_over:
            try:
                self._sent.put(item, timeout=_TICK_S)
                return
            except Full:
                continue

    def drop(self) -> None:
        """Say that nobody will take the rest."""
        self._is_dropped = True


class Workers:
    """The pool. Jobs are begun in the order in which they were submitted, so whoever takes them in that order
    never waits in vain.
    """

    def __init__(self, settings: IngestSettings) -> None:
        self._settings, self.size = settings, worker_count(settings)
        self._jobs: Queue[Job | None] = Queue()
        self._processes: list[WorkerProcess] = []
        self._threads: list[Thread] = []
        self._unfinished = 0
        self._lock, self._stop = Lock(), Event()

    def submit(self, task: Task) -> Job:
        """Have a file read."""
        job = Job(task, self._stop)
        with self._lock:
            self._unfinished += 1
            if len(self._processes) < min(self.size, self._unfinished):
                self._add()
        self._jobs.put(job)
        return job

    def close(self) -> None:
        """End every process; what was not taken is lost. Closing twice is harmless."""
        self._stop.set()
        for process in self._processes:
            process.kill()
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _add(self) -> None:
        process = WorkerProcess(self._settings)
        self._processes.append(process)
        if len(self._processes) == 1:
            self._start(Thread(target=self._watch, daemon=True))
        self._start(Thread(target=self._serve, args=(process,), daemon=True))

    def _start(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _serve(self, process: WorkerProcess) -> None:
        while (job := self._jobs.get()) is not None and not self._stop.is_set():
            self._pass_on(process, job)
            with self._lock:
                self._unfinished -= 1
        process.end()

    def _pass_on(self, process: WorkerProcess, job: Job) -> None:
        for item in process.read(job.task):
            job.put(item)
            if job.is_over:
                process.end()
                return
        job.put(End())

    def _watch(self) -> None:
        while not self._stop.wait(_TICK_S):
            for process in self._processes:
                process.kill_if_hung()
