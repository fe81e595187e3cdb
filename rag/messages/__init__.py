"""The words a user reads, in French and English, kept as data: ``fr/*.toml`` and ``en/*.toml``, a file an
area.

Both folders hold the same keys with the same ``{variables}``; a test compares them. A table may go on in
another file.
"""

from __future__ import annotations

import os
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

LANGUAGES = ("fr", "en")
_spoken: ContextVar[str | None] = ContextVar("language of this run", default=None)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every message of a language, keyed ``section.name``."""
    found: dict[str, str] = {}
    for file in sorted((files(__package__) / language).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
            found |= {
                f"{section}.{name}": text for section, table in tables.items() for name, text in table.items()
            }
    return found


def message(key: str, language: str = "en", /, **variables: object) -> str:
    """Render a message. An unknown key is a programming error and raises ``KeyError``."""
    return catalogue(language)[key].format(**variables)


def speak(language: str) -> str:
    """Choose the language of this run, ``auto`` for the one that the environment asks for, and return it."""
    _spoken.set(None if language == "auto" else language)
    return user_language()


def user_language() -> str:
    """Return the language chosen for this run, else ``TRABOULE_LANGUAGE``, else ``fr`` for a French locale,
    else ``en``.
    """
    if chosen := _spoken.get():
        return chosen
    if (asked := os.environ.get("TRABOULE_LANGUAGE", "").lower()) in LANGUAGES:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"
