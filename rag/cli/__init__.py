"""The command line: a thin layer over ``rag.pipeline``.

It reads options, shows results, and turns errors into one line and an exit code.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run ``traboule``."""
    # Matrices are small here: threads for them would cost more than they save, and take the processor from
    # the engines.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rag.cli.app import run

    run()
