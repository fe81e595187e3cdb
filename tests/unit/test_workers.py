"""Files that crash, hang or fill memory end their own process and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document, Original, Source
from rag.ingest.parsing.process.wire import Task, Warned
from rag.ingest.parsing.process.workers import Item, Workers
from rag.ingest.report import Counts
from rag.settings import IngestSettings
from tests.unit.ingesting import open_home

Read = Callable[[str], list[Item]]
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux limits memory and processor time of a process"
)


@pytest.fixture(autouse=True)
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.parsing.process.worker_process.ENTRY", "tests.unit.hostile_worker")


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    workers = Workers(IngestSettings(workers=1, parse_timeout_s=2, parse_memory_mb=400))
    yield workers
    workers.close()


@pytest.fixture
def read(pool: Workers, tmp_path: Path) -> Read:
    def read(order: str) -> list[Item]:
        return list(pool.submit(task(tmp_path, order)))

    return read


def task(folder: Path, order: str) -> Task:
    path = folder / f"{order}.txt"
    path.write_text(order)
    return Task(
        str(path), Source(path.as_uri(), "text/plain", "0" * 64, "hostile/1", "2026-01-01T00:00:00+00:00")
    )


def keys(items: list[Item]) -> list[str]:
    return [item.key for item in items if isinstance(item, ParseError)]


def test_who_waits_for_a_file_can_give_up(pool: Workers, tmp_path: Path) -> None:
    def give_up() -> None:
        raise InterruptedError

    job = pool.submit(task(tmp_path, "hang"))
    job.waiting = give_up
    with pytest.raises(InterruptedError):
        list(job)
    job.drop()
    assert keys(list(pool.submit(task(tmp_path, "é")))) == []


def test_document_arrives_as_the_parser_made_it(read: Read, tmp_path: Path) -> None:
    (item,) = read("é")
    assert isinstance(item, Document)
    assert (item.text, item.source.uri) == ("ééé", (tmp_path / "é.txt").as_uri())
    assert (item.places, item.original) == (b"\x00\xff", Original("image/png", b"\x89"))


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("abort", "parse_crashed"),
        ("leave", "parse_crashed"),
        ("hang", "parse_timeout"),
        ("fail", "file_parser_failed"),
        pytest.param("fill", "parse_memory", marks=linux),
    ],
)
def test_bad_file_is_reported_and_the_next_is_read(read: Read, order: str, key: str) -> None:
    assert keys(read(order)) == [key]
    assert keys(read("next")) == []


def test_parser_that_says_it_is_alive_may_take_long(read: Read) -> None:
    assert keys(read("slow")) == []


def test_what_a_library_prints_does_no_harm(read: Read) -> None:
    (item,) = read("print")
    assert isinstance(item, Document)


def test_documents_problems_and_warnings_come_in_order(read: Read) -> None:
    warning, first, problem, *rest = read("several")
    assert isinstance(warning, Warned)
    assert warning.error.variables == {"file": "a", "pages": "2"}
    assert isinstance(first, Document)
    assert isinstance(problem, ParseError)
    assert [item.text for item in rest if isinstance(item, Document)] == [
        str(number) for number in range(2, 40)
    ]


def test_reading_is_given_up_without_taking_the_rest(pool: Workers, tmp_path: Path, read: Read) -> None:
    job = pool.submit(task(tmp_path, "several"))
    next(iter(job))
    job.drop()
    assert keys(read("next")) == []


def test_bad_files_of_an_ingest_are_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingest.sources.files._SMALL", -1)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for order in ("a", "abort", "b", "hang", "z"):
        (inbox / f"{order}.txt").write_text(order)
    with open_home(tmp_path / "home", workers=2, parse_timeout_s=2) as home:
        report = home.ingest(inbox)
        assert report.counts == Counts(added=3, failed=2)
        assert [problem.key for result in report.files for problem in result.problems] == [
            "parse_crashed",
            "parse_timeout",
        ]
        assert home.ingest(inbox).counts == Counts(unchanged=3, failed=2)
        home.assert_sound()


@linux
def test_process_ends_with_its_parent_though_it_hangs(tmp_path: Path) -> None:
    path = task(tmp_path, "hang").path
    code = (
        "import sys; from rag.ingest.parsing.process import worker_process as w; from"
        " rag.ingest.parsing.process.wire import Task;from rag.settings import IngestSettings;from"
        " rag.core.types import Source; w.ENTRY = 'tests.unit.hostile_worker';p ="
        " w.WorkerProcess(IngestSettings(parse_timeout_s=0.5));r = p._ready(); w.send_task(r.stdin,"
        " Task(sys.argv[1], Source('file:///a', 'text/plain', '', 'x', '')));print(r.pid, flush=True); import"
        " os; os._exit(0)"
    )
    started = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    child = Path(f"/proc/{started.stdout.strip()}/stat")
    until = time.monotonic() + 30
    while child.exists() and child.read_text().split()[2] != "Z" and time.monotonic() < until:
        time.sleep(0.1)
    assert not child.exists() or child.read_text().split()[2] == "Z"
