"""Time the parsers and a whole ingest: ``python tools/bench_ingest.py --documents 10000 --workers 2``.

First every format alone, parsed in one worker process: documents and megabytes a processor second. Then a mix
of all of them into a new home with the real database and the real index, and vectors that are hashed, not
computed, so that reading is what is timed: documents a second, and the most memory that this process and its
workers held.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rag.clinical.facts import extract
from rag.core.facts import Fact
from rag.core.types import Document, Source, Vector
from rag.index.edge import EdgeIndex
from rag.index.lexical import encode_passage
from rag.ingest.facts import FactReader, as_named
from rag.ingest.formats.registry import media_type_of, parser_id
from rag.ingest.ingestor import Ingestor
from rag.ingest.parsing.process.wire import Task
from rag.ingest.parsing.process.worker_process import WorkerProcess
from rag.ingest.parsing.sniff import look_at
from rag.settings import IngestSettings
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.sources import SourceStore
from rag.testing import HashEmbedding
from tools.parser_inputs import MAKERS

_SECONDS = 4.0
_HELD = {
    "jsonl": 100,
    "jsonl.gz": 100,
    "csv": 100,
    "xlsx": 100,
    "pubmed": 100,
    "bioc": 20,
    "zip": 20,
    "tar.gz": 20,
    "fhir": 13,
    "hl7": 5,
}
"""Documents in a file of many."""

_EMBEDDING = HashEmbedding(dimensions=64)


def files_of(kind: str, count: int, folder: Path) -> list[Path]:
    """Write different files of a format."""
    suffix, make = MAKERS[kind]
    paths = [folder / f"{kind.replace('.', '-')}-{number}{suffix}" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(make(number))
    return paths


def parse(kind: str, folder: Path) -> tuple[int, float, float]:
    """Return documents, megabytes and processor seconds of a format in one worker process, read for some
    seconds.
    """
    paths, process = files_of(kind, 10, folder), WorkerProcess(IngestSettings())
    tasks = [_task(path) for path in paths]
    list(process.read(tasks[0]))  # starts the process and loads the parser
    documents, size, begun, before = 0, 0, time.perf_counter(), _processor_seconds(process.pid)
    while time.perf_counter() - begun < _SECONDS:
        for path, task in zip(paths, tasks, strict=True):
            documents += sum(isinstance(item, Document) for item in process.read(task))
            size += path.stat().st_size
    seconds = _processor_seconds(process.pid) - before or time.perf_counter() - begun
    process.end()
    return documents, size / 1e6, seconds


def _task(path: Path) -> Task:
    media_type = media_type_of(look_at(path), str(path))
    return Task(
        str(path),
        Source(path.as_uri(), media_type, "0" * 64, parser_id(media_type), "2026-11-01T00:00:00+00:00"),
    )


def mix(documents: int, folder: Path) -> None:
    """Write files of every format that hold about so many documents together, each format about as many."""
    for kind in MAKERS:
        target = folder / kind.replace(".", "-")
        target.mkdir(parents=True)
        files_of(kind, max(1, documents // len(MAKERS) // _HELD.get(kind, 1)), target)


def _said(document: Document) -> Sequence[Fact]:
    """What the text of a document states."""
    return extract(
        document.text, language=document.language, kind=document.kind, authored_at=document.authored_at
    )


def ingest(
    source: Path, home: Path, workers: int, *, has_facts: bool = False
) -> tuple[int, int, float, float]:
    """Return documents, passages, seconds and the most megabytes of a whole ingest."""

    def embed(texts: Sequence[str]) -> list[Vector]:
        return [tuple(_EMBEDDING.get_text_embedding(text)) for text in texts]

    database = Database.open(home)
    store, index = DocumentStore(database), EdgeIndex(home / "index", "hash", _EMBEDDING.dimensions)
    settings = IngestSettings(workers=workers, ocr=False)
    ingestor = Ingestor(
        store,
        index,
        embed,
        encode_passage,
        settings,
        SourceStore(database, home / "sources"),
        facts=FactReader(_said, as_named, "bench") if has_facts else None,
    )
    with _watched() as most:
        report = ingestor.ingest([source])
    documents = store.coverage().documents_searched
    for part in (ingestor, index, database):
        part.close()
    return documents, report.passages, report.seconds, most[0]


@contextlib.contextmanager
def _watched() -> Iterator[list[float]]:
    """Yield a list whose first item is the most memory, in MB, that this process and its children have
    held.
    """
    most, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            most[0] = max(most[0], sum(_memory(pid) for pid in _family()))

    thread = threading.Thread(target=watch)
    thread.start()
    yield most
    stop.set()
    thread.join()


def _family() -> list[str]:
    """Return this process and its children, as ``/proc`` names them; nothing but this process on other
    systems than Linux.
    """
    return [
        "self",
        *(pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()),
    ]


def _processor_seconds(pid: int | None) -> float:
    """Return what a process has used, 0 where the system does not tell: other programs do not change it, as
    they change a clock's time.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except OSError:
        return 0.0


def main() -> None:
    """Time, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--formats", nargs="*", default=list(MAKERS), help="formats to time alone; none leaves that part out"
    )
    parser.add_argument("--facts", action="store_true", help="read the facts of the texts too")
    options = parser.parse_args()
    for kind in options.formats:
        with tempfile.TemporaryDirectory() as folder:
            documents, size, seconds = parse(kind, Path(folder))
        print(f"{kind:10} {documents / seconds:9.0f} documents/s {size / seconds:8.2f} MB/s", flush=True)
    if options.documents:
        with tempfile.TemporaryDirectory() as folder:
            mix(options.documents, Path(folder) / "mix")
            documents, passages, seconds, most = ingest(
                Path(folder) / "mix",
                Path(folder) / "home",
                options.workers,
                has_facts=options.facts,
            )
        used = os.times()
        spent = used.user + used.system + used.children_user + used.children_system
        print(
            f"mix: {documents} documents, {passages} passages in {seconds:.0f} s: {documents / seconds:.0f}"
            " documents/s"
        )
        print(f"{spent:.0f} s of processor, workers and making the files included")
        print(f"most memory of this process and its workers together: {most:.0f} MB")


if __name__ == "__main__":
    main()
