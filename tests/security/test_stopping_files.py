"""Small files made to stop the reader end soon, as a document or with an error; the others are read, the
server serves, SIGTERM ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from rag.build import open_registry
from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.sources.files import Reader
from rag.settings import IngestSettings, load_settings
from rag.store.people.accounts import AccountStore, NewAccount
from rag.store.people.uploads import UploadStore
from tests.integration.command_line import NOWHERE
from tests.server.serving import Served, served
from tests.server.test_people import free_port
from tests.server.test_writing import NOTE, api, outcome, send
from tests.unit.ingesting import open_home
from tools.stopping_files import BOMB_MB, stoppers

WITHIN_S = 10.0
BUSY = 6
"""How many times longer a thing may last by the clock: the machine may have other work, and a reader that
hangs lasts for ever.
"""
LIMITS = {"parse_timeout_s": 6.0, "max_file_mb": BOMB_MB / 2, "max_unpacked_mb": 100.0, "ocr": False}
"""So a bomb is one: it unpacks to more than a file may have."""
FILES = stoppers()
NAMES = [name for name in FILES if not name.endswith(".meta.yaml")]
COMMENTS = b"<!---->" * 40
ALIASES = (
    b"---\na: &a [" + b", ".join([b"lol"] * 9) + b"]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (98 + at, 98 + at, b", ".join([b"*%c" % (97 + at)] * 9)) for at in range(6)
    )
    + b"---\nExamen.\n"
)  # fmt: skip
"""Nine to the seventh power of words in some 300 bytes."""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    found = Reader(IngestSettings.model_validate({"workers": 1, **LIMITS}), None)  # type: ignore[arg-type]
    yield found
    found.close()


def _write(folder: Path, *names: str) -> Path:
    for name in names:
        for written in (name, f"{name}.meta.yaml"):
            if written in FILES:
                (folder / written).write_bytes(FILES[written])
    return folder / names[0]


def _ring(*_: object) -> None:
    raise TimeoutError


def _read(reader: Reader, path: Path) -> list[str]:
    """Return what a file gives: ``document``, or the keys of errors and warnings. Raises ``TimeoutError``
    where it takes too long.
    """
    told: list[str] = []
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, BUSY * WITHIN_S)
    try:
        for item in reader.documents(reader.open(path), None, lambda error: told.append(error.key)):
            told.append(item.key if isinstance(item, ParseError) else "document")  # noqa: PERF401 - what came before an error counts
    except ParseError as error:
        told.append(error.key)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return told


@pytest.mark.parametrize("name", NAMES)
def test_stopping_file_ends_soon(reader: Reader, name: str, tmp_path: Path) -> None:
    path = _write(tmp_path, name)
    begun = time.process_time()
    told = _read(reader, path)
    assert time.process_time() - begun < WITHIN_S, told  # a worker has less: ``parse_timeout_s``
    assert "file_parser_failed" not in told


def test_the_file_of_forty_comments_is_read_as_what_it_is(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(COMMENTS)
    assert len(COMMENTS) == 280
    assert _read(reader, tmp_path / "a.xml") == ["file_type_unknown"]


@pytest.mark.parametrize("sidecar", [False, True])
def test_aliases_are_refused_with_the_line_and_the_mend(
    sidecar: bool, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"Examen." if sidecar else ALIASES)
    if sidecar:
        path.with_name("a.md.meta.yaml").write_bytes(ALIASES.split(b"---\n")[1])
    with pytest.raises(ParseError) as caught:
        list(_raised(reader, path))
    assert caught.value.key == "metadata_with_alias"
    assert "line 1" in caught.value.describe("en")
    assert "Write the value out" in caught.value.describe("en")


def _raised(reader: Reader, path: Path) -> Iterator[Document]:
    for item in reader.documents(reader.open(path), None, lambda _: None):
        if isinstance(item, ParseError):
            raise item
        yield item


CHOSEN = [
    "blanks.txt", "stops.txt", "open-brackets.txt", "thousands.txt", "word.txt", "marks.txt", "headings.txt",
    "hash-blanks.md",
    "front-alias-bomb.md", "front-flow-depth.md", "side-alias-bomb.txt", "side-keys.txt",
    "xml-comments-40.html", "xml-comments.xml",
    "xml-laughs.xml", "xml-depth.xml", "deep.json", "deep.jsonl", "bioc-marks.json", "mail-nested.eml",
    "mail-parameters.eml",
    "bomb.gz", "bomb.zip", "deep.zip", "bomb.docx", "groups.rtf", "escapes.hl7", "quotes.csv", "columns.csv",
    "comments.zip",
]  # fmt: skip


def test_other_files_of_the_same_run_are_read_and_made_searchable(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    _write(folder, *CHOSEN)
    for name in ("0-first.md", "m-middle.txt", "zz-last.md"):
        (folder / name).write_text(f"---\nid: {name}\n---\n{NOTE}" if name.endswith(".md") else NOTE)
    with open_home(tmp_path / "home", **LIMITS) as home:
        begun = time.monotonic()
        report = home.ingest(folder)
        took = time.monotonic() - begun
        state = {Path(file.file).name: file for file in report.files}
        assert all(state[name].status == "added" for name in ("0-first.md", "m-middle.txt", "zz-last.md"))
        assert {"0-first.md", "zz-last.md"} <= home.ids()
        assert took < WITHIN_S * len(CHOSEN) / 3
        home.assert_sound()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, demo=False) as found:
        yield found


def test_server_goes_on_after_uploads_that_would_stop_it(house: Served) -> None:
    names = (
        "front-alias-bomb.md",
        "xml-comments.html",
        "marks.txt",
        "blanks.txt",
        "deep.jsonl",
        "mail-parameters.eml",
    )
    with api(house, "clinician", "DEMO-A") as client:
        files = [
            ("a.xml", COMMENTS),
            ("b", COMMENTS),
            ("c.md", ALIASES),
            *((name, FILES[name]) for name in names),
            ("note.md", NOTE),
        ]
        sent = send(client, *files, patient_id="DEMO-A")
        asked = time.monotonic()
        assert client.get("/livez").status_code == 200
        assert time.monotonic() - asked < WITHIN_S
        results = outcome(client, sent)
        assert [file["status"] for file in results[:3]] == ["failed"] * 3
        assert results[-1]["status"] == "added"
        assert client.post("/v1/search", json={"query": "canne", "patient_id": "DEMO-A"}).json()["hits"]


def _environment(models: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRABOULE_")}
    return {
        **kept,
        **NOWHERE,
        "TRABOULE_LLM__KIND": "none",
        "TRABOULE_SERVER__SHUTDOWN_S": "2",
        "TRABOULE_MODELS__DIR": str(models),
    }


@contextmanager
def _started(home: Path, models: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "rag", "--home", str(home), *words]
    process = subprocess.Popen(
        command, env=_environment(models), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(met: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, f"it ended by itself with {process.returncode}"
        with suppress(httpx.TransportError):
            if met():
                return
        time.sleep(0.02)
    raise TimeoutError


def test_sigterm_ends_an_ingest_of_stopping_files(tmp_path: Path, models_dir: Callable[..., Path]) -> None:
    folder, home = tmp_path / "in", tmp_path / "home"
    folder.mkdir()
    _write(folder, *CHOSEN)
    with _started(home, models_dir("multilingual-e5-small"), "ingest", str(folder)) as process:
        _until(
            lambda: any(path.is_file() for path in (home / "sources").rglob("*")), process
        )  # the first file is copied, then read
        process.send_signal(signal.SIGTERM)
        assert process.wait(BUSY * WITHIN_S) != 0


def _token(home: Path) -> str:
    """Make an account that may upload for one patient, before any server runs; return its token."""
    with open_registry(load_settings(home), home) as registry:
        accounts = AccountStore(registry.store.database)
        made = accounts.add(NewAccount("anne", "clinician", None))
        accounts.grant(f"account:{made.account_id}", ["DEMO-A"])
        return accounts.make_token(made.account_id, "", None)[1]


@pytest.mark.parametrize("later_s", [0.0, 1.0])
def test_sigterm_ends_a_server_that_reads_stopping_files(
    later_s: float, tmp_path: Path, models_dir: Callable[..., Path]
) -> None:
    home, port = tmp_path / "home", free_port()
    token, url = _token(home), f"http://127.0.0.1:{port}"
    with _started(home, models_dir("multilingual-e5-small"), "serve", "--port", str(port)) as process:
        _until(lambda: httpx.get(f"{url}/livez").status_code == 200, process)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            sent = send(client, *((name, FILES[name]) for name in CHOSEN), patient_id="DEMO-A")
            place = f"/v1/uploads/{sent.json()['upload_id']}"
            _until(lambda: client.get(place).json()["status"] == "reading", process)
            time.sleep(later_s)
            assert client.get(place).json()["status"] == "reading"
        process.send_signal(signal.SIGTERM)
        assert process.wait(BUSY * WITHIN_S) == 0  # half of what one file may last, `ingest.parse_timeout_s`
    with open_registry(load_settings(home), home) as registry:
        (upload,) = UploadStore(registry.store.database).unfinished()
    assert "queued" in {file.status for file in upload.files}  # the rest is read when it starts again


@pytest.mark.parametrize("data", [COMMENTS, ALIASES], ids=["comments", "aliases"])
def test_the_two_files_do_not_hold_the_interpreter(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / ("a.md" if data is ALIASES else "a.xml")
    path.write_bytes(data)
    code = (
        "import sys; from pathlib import Path; from rag.ingest.sources.files import Reader; from rag.settings"
        " import IngestSettings\nfrom rag.core.errors import ParseError\nreader ="
        " Reader(IngestSettings(workers=0), None)\ntry:\n   "
        " print(list(reader.documents(reader.open(Path(sys.argv[1])), None, print)))\nexcept ParseError as"
        " error:\n    print(error.key)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(done.stdout) < 10_000


def test_the_server_parses_no_large_file_in_its_own_process(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"Le patient marche. " * 60_000)
    assert path.stat().st_size > 1_000_000
    assert reader._workers._processes  # the worker of the module's reader has been started by other files
    assert [what for what in _read(reader, path) if what != "ledger_counted"] == ["document"]


def test_health_is_told_while_files_are_read(house: Served) -> None:
    with api(house, "clinician", "DEMO-A") as client:
        sent = send(
            client,
            ("word.txt", FILES["word.txt"]),
            ("capitals.txt", FILES["capitals.txt"]),
            patient_id="DEMO-A",
        )
        for _ in range(5):
            assert httpx.get(f"{house.url}/livez", timeout=WITHIN_S).status_code == 200
        outcome(client, sent)
