"""``python -m eval`` is ``traboule eval``."""

from __future__ import annotations

import sys

from rag.cli import main

sys.argv.insert(1, "eval")
main()
