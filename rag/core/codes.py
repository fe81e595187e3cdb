"""Coded concepts, as terminologies give them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: ``system`` (e.g. ``ccam``), ``code`` and its display label."""

    system: str
    code: str
    display: str = ""
