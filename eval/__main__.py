"""``python -m eval`` is ``traboule eval``."""

from __future__ import annotations

from eval.cli import main

main()
