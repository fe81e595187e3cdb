"""The words a user reads, in French and English, kept as data: ``fr/*.toml`` and ``en/*.toml``, a file an area.

Both folders hold the same keys with the same ``{variables}``; a test compares them. A table may go on in another file.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every message of a language, keyed ``section.name``."""
    found: dict[str, str] = {}
    for file in sorted((files(__package__) / language).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
            found |= {f"{section}.{name}": text for section, table in tables.items() for name, text in table.items()}
    return found


def message(key: str, language: str = "en", /, **variables: object) -> str:
    """Render a message. An unknown key is a programming error and raises ``KeyError``."""
    return catalogue(language)[key].format(**variables)


def user_language() -> str:
    """Return the language that the environment asks for: ``fr`` for a French locale, else ``en``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"
