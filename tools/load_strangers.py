"""Measures what people who are signed in feel of strangers at full rate: p50 and p95 of their searches, idle
and during each attack, in one run.

    python tools/load_strangers.py                        # serves the house of the tests by itself
    python tools/load_strangers.py http://127.0.0.1:8765  # a running server; a token in TRABOULE_TOKEN
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

Attack = Callable[[httpx.AsyncClient], Awaitable[str]]
ROOT = Path(__file__).parents[1]


async def wrong_passwords(client: httpx.AsyncClient) -> str:
    """One sign-in with a name that nobody has."""
    return str((await client.post("/v1/session", json={"name": "nobody", "password": "x" * 16})).status_code)


async def wrong_tokens(client: httpx.AsyncClient) -> str:
    """One request with a token that was never made."""
    headers = {"Authorization": "Bearer trb_" + os.urandom(16).hex()}
    return str((await client.get("/v1/patients", headers=headers)).status_code)


async def nobody(client: httpx.AsyncClient) -> str:
    """One search without any credentials, its body as large as bodies may be."""
    return str((await client.post("/v1/search", json={"query": "x" * 200_000})).status_code)


async def slow_headers(client: httpx.AsyncClient) -> str:
    """One connection whose headers never end, held for as long as the server bears it."""
    at = urlsplit(str(client.base_url))
    with socket.create_connection((at.hostname or "", at.port or 80)) as held:
        held.setblocking(False)
        with suppress(OSError):
            held.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
            for _ in range(240):
                await asyncio.sleep(0.25)
                held.send(b"a")
                with suppress(BlockingIOError):
                    if not held.recv(1):
                        return "closed"
    return "held"


ATTACKS: dict[str, tuple[Attack, int]] = {
    "wrong_passwords": (wrong_passwords, 40),
    "wrong_tokens": (wrong_tokens, 40),
    "no_credentials": (nobody, 40),
    "slow_headers": (slow_headers, 300),
}


async def readers(client: httpx.AsyncClient, seconds: float, users: int = 2) -> dict[str, float | int]:
    """Search with each user again and again, a fifth of a second apart; milliseconds a search."""
    times: list[float] = []
    failed, until = 0, time.monotonic() + seconds

    async def reader(number: int) -> None:
        nonlocal failed
        while time.monotonic() < until:
            began = time.perf_counter()
            body = {"query": f"pertes sanguines {number}"}
            try:
                failed += (await client.post("/v1/search", json=body)).status_code != 200
            except httpx.HTTPError:
                failed += 1
            times.append(1000 * (time.perf_counter() - began))
            number += users
            await asyncio.sleep(0.2)

    await asyncio.gather(*(reader(number) for number in range(users)))
    times.sort()
    p50, p95 = times[len(times) // 2], times[round(0.95 * (len(times) - 1))]
    return {"searches": len(times), "failed": failed, "p50_ms": round(p50, 1), "p95_ms": round(p95, 1)}


async def under(attack: Attack, loops: int, url: str, token: str, seconds: float) -> dict[str, object]:
    """Run an attack with so many loops beside the readers."""
    answers: dict[str, int] = {}
    limits = httpx.Limits(max_connections=loops)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as stranger:

        async def loop() -> None:
            while True:
                try:
                    answer = await attack(stranger)
                except (httpx.HTTPError, OSError) as error:
                    answer = type(error).__name__
                    await asyncio.sleep(0.05)
                answers[answer] = answers.get(answer, 0) + 1

        running = [asyncio.create_task(loop()) for _ in range(loops)]
        await asyncio.sleep(1)
        try:
            felt = await measured(url, token, seconds)
        finally:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return {**felt, "loops": loops, "answers_to_strangers": answers}


async def measured(url: str, token: str, seconds: float) -> dict[str, float | int]:
    """Measure in a process of its own: the loops of the attack must not slow the clock of the readers."""
    command = [sys.executable, __file__, url, "--readers", "--seconds", str(seconds)]
    environment = {**os.environ, "TRABOULE_TOKEN": token}
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=environment)
    told, _ = await child.communicate()
    found: dict[str, float | int] = json.loads(told)
    return found


async def measure(url: str, token: str, seconds: float, chosen: list[str]) -> dict[str, object]:
    """Return the figures idle, and during each attack with its p95 as a multiple of the idle one."""
    found: dict[str, object] = {}
    idle = await measured(url, token, seconds)
    found["idle"] = idle
    for name in chosen:
        attack, loops = ATTACKS[name]
        felt = await under(attack, loops, url, token, seconds)
        found[name] = {**felt, "p95_times_idle": round(float(str(felt["p95_ms"])) / idle["p95_ms"], 2)}
        print(json.dumps({name: found[name]}), file=sys.stderr, flush=True)
        await asyncio.sleep(1)
    return found


def main() -> None:
    """Read the options, serve where no address is given, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--attack", choices=[*ATTACKS], action="append")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--readers", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    chosen = given.attack or [*ATTACKS]
    if given.url and given.readers:
        headers = {"Authorization": f"Bearer {os.environ['TRABOULE_TOKEN']}"}
        with_token = httpx.AsyncClient(base_url=given.url, headers=headers, timeout=60)
        print(json.dumps(asyncio.run(readers(with_token, given.seconds))))
        return
    if given.url:
        token = os.environ["TRABOULE_TOKEN"]
        print(json.dumps(asyncio.run(measure(given.url, token, given.seconds, chosen)), indent=1))
        return
    command = [sys.executable, "-m", "tests.server.house_child"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as child:  # type: ignore[call-overload]
        told = json.loads(child.stdout.readline())
        try:
            at, token = told["url"], told["tokens"]["clinician"]
            print(json.dumps(asyncio.run(measure(at, token, given.seconds, chosen)), indent=1))
        finally:
            child.stdin.close()


if __name__ == "__main__":
    main()
