"""What axe-core says of the page as it stands."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


_STANDS = """() => Promise.allSettled(
  document.getAnimations()
    .filter(animation => animation.effect.getComputedTiming().endTime !== Infinity)
    .map(animation => animation.finished))"""
"""What fades in is read once it stands: halfway its colours are not those of the page."""


def faults(page: Page) -> list[str]:
    """Return what is wrong by these rules, one line a fault."""
    pytest.importorskip(
        "axe_playwright_python", reason="axe-core is not installed: pip install 'traboule[dev]'"
    )
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    page.evaluate(_STANDS)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
