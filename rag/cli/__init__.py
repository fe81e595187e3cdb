"""The command line: a thin layer over ``rag.pipeline``.

It reads options, shows results, and turns errors into one line and an exit code.
"""

from __future__ import annotations


def main() -> None:
    """Run ``traboule``."""
    from rag.cli.app import run

    run()
