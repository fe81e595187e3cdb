"""Serves the house of the tests in a process of its own, so that who loads it does not share its interpreter.

Prints one line of JSON, the address and a token a role, and serves until its standard input ends.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.server.house import inhabited


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, inhabited(Path(folder), log_level="error") as house:
        print(json.dumps({"url": house.served.url, "tokens": house.token_of}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
