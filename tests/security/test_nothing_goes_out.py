"""Nothing leaves this machine: the main commands run with the network watched, and the watch sees what is
planted.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.integration.command_line import NOWHERE
from tests.integration.conftest import write_corpus
from tests.security.watching import Watched, can_trace, environment, python, traced, watched, went_out
from tests.server.test_people import free_port

pytestmark = pytest.mark.models

_PLANTED = {
    "a name is looked up": (
        "import socket\ntry: socket.getaddrinfo('collector.example.org', 443)\nexcept OSError: pass"
    ),
    "a connection is tried": (
        "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 0.2)\nexcept OSError: pass"
    ),
    "a datagram is sent": (
        "import socket\ntry: socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))\nexcept"
        " OSError: pass"
    ),
    "another process connects": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import socket;"
        ' socket.socket().connect_ex(("192.0.2.1", 9))\'], timeout=2)'
    ),
}
_NATIVE = (
    "import ctypes, socket, struct\nlibc = ctypes.CDLL(None)\nfd = libc.socket(socket.AF_INET,"
    " socket.SOCK_DGRAM, 0)\nplace = struct.pack('=HH4s8x', socket.AF_INET, socket.htons(9),"
    " socket.inet_aton('192.0.2.1'))\nlibc.connect(fd, place, len(place))"
)
"""A connection that no audit event of Python tells of, as from a library in C++."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, models_dir: Callable[..., Path]) -> Callable[..., Watched]:
    """Return a function that runs ``traboule`` on one home with the tiny corpus in it, each command watched
    by itself.
    """
    folder = tmp_path_factory.mktemp("watched")
    settings = {
        "TRABOULE_MODELS__DIR": str(models_dir("multilingual-e5-small")),
        "TRABOULE_LLM__KIND": "none",
    }

    def run(*words: str) -> Watched:
        calls = folder / f"calls-{len(list(folder.iterdir()))}"
        return watched(python("-m", "rag", "--home", str(folder / "home"), *words), calls, **settings)

    ingested = run("ingest", str(write_corpus(folder / "corpus")), "--json")
    assert (ingested.code, ingested.went_out) == (0, ()), ingested.err
    return run


@pytest.mark.parametrize("code", _PLANTED.values(), ids=_PLANTED)
def test_planted_call_is_seen(code: str, tmp_path: Path) -> None:
    assert watched(python("-c", code), tmp_path).went_out != ()


@pytest.mark.skipif(
    not can_trace(),
    reason=(
        "the system's calls cannot be traced here: apt-get install strace, in a container with the right to"
        " trace"
    ),
)
def test_planted_call_of_a_native_library_is_seen(tmp_path: Path) -> None:
    assert watched(python("-c", _NATIVE), tmp_path).went_out == ("connect 192.0.2.1:9",)


def test_loopback_is_no_way_out(tmp_path: Path) -> None:
    code = (
        "import socket; server = socket.create_server(('127.0.0.1', 0));"
        " socket.create_connection(server.getsockname())"
    )
    found = watched(python("-c", code), tmp_path)
    assert (found.code, found.went_out) == (0, ())


@pytest.mark.parametrize(
    "words",
    [
        ("search", "thromboprophylaxis", "--json"),
        ("ask", "Quelles pertes sanguines ?", "--patient", "DEMO-A", "--no-llm", "--json"),
        ("documents", "--json"),
        ("show", "demo-a-op", "--json"),
        ("doctor", "--json"),
        ("models", "list"),
        ("--help",),
        ("forget", "--doc", "demo-article"),
    ],
    ids=lambda words: words[0],
)
def test_command_sends_nothing_out(run: Callable[..., Watched], words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.code, done.went_out) == (0, ()), done.err


def test_demonstration_sends_nothing_out_but_to_the_source_of_models_that_is_set(tmp_path: Path) -> None:
    settings = {**NOWHERE, "TRABOULE_MODELS__DIR": str(tmp_path / "no-models")}
    done = watched(python("-m", "rag", "--home", str(tmp_path / "home"), "demo"), tmp_path, **settings)
    assert (done.code, done.went_out) == (0, ()), done.err


def test_evaluation_sends_nothing_out(run: Callable[..., Watched], tmp_path: Path) -> None:
    corpus, questions = write_corpus(tmp_path / "corpus"), tmp_path / "questions.jsonl"
    asked = {
        "_id": "q1",
        "question": "Did aspirin cause bleeding?",
        "language": "en",
        "answerable": True,
        "gold_docs": ["demo-article"],
    }
    questions.write_text(json.dumps(asked) + "\n")
    done = run(
        "eval", "answers", "--corpus", str(corpus), "--questions", str(questions), "--no-llm", "--json"
    )
    assert (done.code, done.went_out) == (0, ()), done.err


def test_no_library_leaves_events_to_be_sent(tmp_path: Path, models_dir: Callable[..., Path]) -> None:
    settings = {
        "TRABOULE_MODELS__DIR": str(models_dir("multilingual-e5-small")),
        "TRABOULE_LLM__KIND": "none",
    }
    done = watched(
        python("-m", "rag", "--home", str(tmp_path / "home"), "ingest", str(write_corpus(tmp_path / "in"))),
        tmp_path,
        **settings,
    )
    assert (done.code, done.went_out) == (0, ()), done.err
    assert list(tmp_path.rglob(".onnxruntime*")) == []


def test_server_sends_nothing_out_while_it_answers(tmp_path: Path, models_dir: Callable[..., Path]) -> None:
    port = free_port()
    settings = {
        **NOWHERE,
        "TRABOULE_MODELS__DIR": str(models_dir("multilingual-e5-small")),
        "TRABOULE_LLM__KIND": "none",
    }
    command = python("-m", "rag", "--home", str(tmp_path / "home"), "serve", "--demo", "--port", str(port))
    process = subprocess.Popen(
        traced(command, tmp_path),
        env=environment(tmp_path, settings),
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait_until_ready(client, process)
            assert client.get("/").status_code == 200
            assert client.post("/v1/search", json={"query": "allergie"}).status_code == 200
            assert (
                client.post(
                    "/v1/ask", json={"question": "Quelle allergie est connue ?", "no_llm": True}
                ).status_code
                == 200
            )
    finally:
        _end(process)
    assert went_out(tmp_path) == ()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and the tracer around it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(20)


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server did not become ready")
