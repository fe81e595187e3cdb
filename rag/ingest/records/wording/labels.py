"""French labels of codes that are frequent in records, so that a French question finds what a system exported
with English names.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _labels() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(
        (files(__package__) / "labels.toml").read_text(encoding="utf-8")
    )
    return found


def french_label(system: str, code: str) -> str:
    """Return the French label of a code, empty where it is not among the frequent ones."""
    return _labels().get(system, {}).get(code, "")
