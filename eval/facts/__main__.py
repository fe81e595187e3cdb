"""``python -m eval.facts`` is ``traboule eval facts``."""

from __future__ import annotations

import typer

from eval.facts.cli import facts

typer.run(facts)
