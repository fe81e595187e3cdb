"""Measures what the guards cost a query: the same search and the same answer with and without scope, audit,
looking the caller up and the veil, in turns in one run, on the house of the tests.

    python tools/cost_of_guards.py --rounds 200
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rag.access import Scope
from rag.core.types import Filters
from rag.pipeline import Question
from rag.server.reading import Reading
from tests.server.house import inhabited

QUERY, QUESTION = "pertes sanguines prothèse", "Quelles ont été les pertes sanguines ?"


def milliseconds(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median of each way, all ways in turn in every round."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            found[name].append(1000 * (time.perf_counter() - began))
    return {name: round(statistics.median(times), 3) for name, times in found.items()}


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, inhabited(Path(folder), log_level="error") as house:
        services = house.served.services
        tokens, identities = house.token_of, services.identities
        accounts = services.accounts
        accounts.grant(f"account:{accounts.named('researcher').account_id}", ["DEMO-A"])
        carer = identities.of_token_anew(tokens["clinician"])
        researcher = identities.of_token_anew(tokens["researcher"])
        bare = services.opened.pipeline(Scope.everything())
        scoped = services.opened.pipeline(carer.scope)
        reading = Reading(services, carer, "bench")
        veiled = Reading(services, researcher, "bench")
        own = Filters.for_patient("DEMO-A", literature=True)
        asked = Question(QUESTION, None, own)
        ways: dict[str, Callable[[], object]] = {
            "search": lambda: bare.search(QUERY, k=10, filters=own),
            "search, scope": lambda: scoped.search(QUERY, k=10, filters=own),
            "search, scope and audit": lambda: reading.search(QUERY, k=10, filters=own),
            "search, scope, audit and veil": lambda: veiled.search(QUERY, k=10, filters=own),
            "answer": lambda: bare.answer(asked, use_llm=False),
            "answer, scope": lambda: scoped.answer(asked, use_llm=False),
            "look-up of a caller": lambda: identities.of_token_anew(tokens["clinician"]),
        }
        milliseconds(ways, 5)  # the first are slower: caches fill
        found = milliseconds(ways, given.rounds)
    ratios = {name: round(found[name] / found[name.partition(",")[0]], 2) for name in ways if "," in name}
    print(json.dumps({"median_ms": found, "times_without": ratios}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
