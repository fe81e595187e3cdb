"""``traboule users``, ``traboule audit`` and ``traboule serve`` as somebody at a terminal uses them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.integration.command_line import NOWHERE, CommandLine


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    models = {"TRABOULE_MODELS__DIR": str(tmp_path / "no-models"), "TRABOULE_LLM__KIND": "none"}
    return CommandLine(tmp_path / "home", {**models, **NOWHERE})


def test_accounts_are_made_listed_closed_and_given_tokens(bare: CommandLine) -> None:
    made = bare.run(
        "users", "add", "Claire.Test", "--role", "clinician", "--patient", "P1", "--group", "cardio", "--json"
    )
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", json.loads(made.out)["one_time_password"])
    assert bare.run("users", "allow", "--group", "cardio", "--patient", "P2").code == 0
    listed = bare.run("users", "list", "--json")
    (account,) = json.loads(listed.out)["accounts"]
    assert (account["name"], account["role"], account["patients"]) == (
        "claire.test",
        "clinician",
        ["P1", "P2"],
    )
    assert "password" not in account
    token = json.loads(bare.run("users", "token", "claire.test", "--label", "script", "--json").out)
    assert token["token"].startswith("trb_")
    assert token["token"] not in bare.run("users", "tokens", "claire.test", "--json").out
    assert bare.run("users", "revoke", token["token_id"]).code == 0
    assert bare.run("users", "disable", "claire.test").code == 0
    assert json.loads(bare.run("users", "list", "--json").out)["accounts"][0]["disabled"] is True


@pytest.mark.parametrize(
    "words",
    [
        ("add", "claire", "--role", "clinician"),
        ("add", "two words", "--role", "clinician"),
        ("disable", "nobody"),
        ("allow", "--patient", "P1"),
    ],
    ids=lambda words: words[0],
)
def test_what_cannot_be_done_is_one_line(bare: CommandLine, words: tuple[str, ...]) -> None:
    bare.run("users", "add", "claire", "--role", "clinician")
    ended = bare.run("users", *words)
    assert ended.code == 2
    assert ended.error_line()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.models
def test_serve_prints_a_password_answers_and_stops_when_told(
    bare: CommandLine, models_dir: Callable[..., Path]
) -> None:
    port = free_port()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRABOULE_") and name not in ("LC_ALL", "LC_MESSAGES")
    }
    models = {"TRABOULE_MODELS__DIR": str(models_dir("multilingual-e5-small")), "LANG": "en_GB.UTF-8"}
    command = [sys.executable, "-m", "rag", "--home", str(bare.home), "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env={**kept, **bare.settings, **models}, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = ""
        while "listens on" not in said and process.poll() is None:
            said += process.stderr.readline()
        password = re.search(r"password (\S+)", said)
        assert password is not None, said
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                httpx.get(f"{url}/livez")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        signed = httpx.post(f"{url}/v1/session", json={"name": "admin", "password": password[1]})
        assert signed.json()["must_change_password"] is True
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if process.stderr is not None:
            process.stderr.close()
    assert process.returncode == 0
