"""Loads a running server as many users would, and says how it bore it.

    python tools/load_server.py http://127.0.0.1:8765 searches --users 50 --seconds 60 python
    tools/load_server.py http://127.0.0.1:8765 questions --users 10 python tools/load_server.py
    http://127.0.0.1:8765 memory --requests 1000 --pid $(pgrep -f 'traboule serve')

A token goes into the environment variable TRABOULE_TOKEN; the demonstration needs none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path

import httpx

QUERIES = (
    "pertes sanguines",
    "allergie pénicilline",
    "anticoagulant à la sortie",
    "tranexamic acid arthroplasty",
    "apixaban dose",
    "scanner thoracique",
)
QUESTIONS = (
    "Quelle a été la perte sanguine pendant l'opération ?",
    "Quel traitement anticoagulant à la sortie ?",
    "Does tranexamic acid reduce transfusion after arthroplasty?",
    "Quelle dose d'apixaban dans la fibrillation atriale ?",
)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))] if values else float("nan")


async def searches(client: httpx.AsyncClient, users: int, seconds: float) -> dict[str, object]:
    """Search again and again with each user, half a second apart; milliseconds a search, and everything that
    was no 200.
    """
    times: list[float] = []
    statuses: dict[int, int] = {}
    until = time.monotonic() + seconds

    async def user(number: int) -> None:
        await asyncio.sleep(number / users)
        while time.monotonic() < until:
            began = time.perf_counter()
            answer = await client.post(
                "/v1/search", json={"query": f"{QUERIES[number % len(QUERIES)]} {number}", "k": 10}
            )
            times.append(1000 * (time.perf_counter() - began))
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            number += 1
            await asyncio.sleep(0.5)

    await asyncio.gather(*(user(number) for number in range(users)))
    return {
        "users": users,
        "seconds": seconds,
        "searches": len(times),
        "statuses": statuses,
        **_spread(times),
    }


async def questions(client: httpx.AsyncClient, users: int) -> dict[str, object]:
    """Ask one question with each user at once; seconds to the evidence, to the first sentence and to the end,
    in the order of ending.
    """

    async def user(number: int) -> dict[str, object]:
        began, seen, name = time.perf_counter(), {}, ""
        body = {"question": QUESTIONS[number % len(QUESTIONS)], "stream": True}
        async with client.stream("POST", "/v1/ask", json=body, timeout=1200) as answer:
            if answer.status_code != 200:
                return {"user": number, "status": answer.status_code}
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                    seen.setdefault(name, round(time.perf_counter() - began, 1))
        return {"user": number, "status": 200, **seen}

    found = await asyncio.gather(*(user(number) for number in range(users)))
    return {"users": users, "questions": sorted(found, key=lambda one: float(str(one.get("done", 0))))}


async def memory(client: httpx.AsyncClient, requests: int, pid: int) -> dict[str, object]:
    """Search, read and ask for quotes in turn; the resident memory of the server (MB) at every tenth of the
    way.
    """
    sizes, first = (
        [_resident(pid)],
        (await client.get("/v1/documents", params={"limit": 50})).json()["documents"],
    )
    for number in range(requests):
        if number % 3 == 0:
            answer = await client.post(
                "/v1/search", json={"query": f"{QUERIES[number % len(QUERIES)]} {number}"}
            )
        elif number % 3 == 1:
            answer = await client.get(f"/v1/documents/{first[number % len(first)]['doc_id']}")
        else:
            answer = await client.post(
                "/v1/ask", json={"question": QUESTIONS[number % len(QUESTIONS)], "no_llm": True}
            )
        answer.raise_for_status()
        if (number + 1) % (requests // 10) == 0:
            sizes.append(_resident(pid))
    return {"requests": requests, "resident_mb": sizes}


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit(f"{pid}: no such process")


def _spread(times: list[float]) -> dict[str, float]:
    shown = {
        "p50": statistics.median(times),
        "p95": percentile(times, 0.95),
        "p99": percentile(times, 0.99),
        "max": max(times),
    }
    return {f"{name}_ms": round(value, 1) for name, value in shown.items()}


async def main() -> None:
    """Read the options, load the server, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("what", choices=("searches", "questions", "memory"))
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--pid", type=int, default=0)
    given = parser.parse_args()
    token = os.environ.get("TRABOULE_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Limits(max_connections=given.users + 10)
    async with httpx.AsyncClient(base_url=given.url, headers=headers, limits=limits, timeout=60) as client:
        if given.what == "searches":
            result = await searches(client, given.users, given.seconds)
        elif given.what == "questions":
            result = await questions(client, given.users)
        else:
            result = await memory(client, given.requests, given.pid)
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
