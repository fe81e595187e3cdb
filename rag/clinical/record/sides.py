"""Sides that exclude each other."""

from __future__ import annotations

from rag.core.facts import Side

_OPPOSITE = {"left": "right", "right": "left"}


def are_opposite(one: Side, other: Side) -> bool:
    """Tell whether one thing cannot be on both of these sides at once; ``both`` and an unsaid side exclude
    nothing.
    """
    return bool(one) and _OPPOSITE.get(one) == other
