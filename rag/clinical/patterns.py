"""Ways of writing that are no fixed phrases, kept as data by language and joined to one pattern."""

from __future__ import annotations

import re
from functools import cache

from rag.clinical.languages import served
from rag.clinical.phrases import listed


@cache
def alternatives(table: str, name: str) -> str:
    """Return the regular expressions of one list of ``patterns.toml`` in all languages, as one group."""
    return (
        "(?:"
        + "|".join(form for language in served() for form in listed(language, "patterns", table, name))
        + ")"
    )


@cache
def pattern(table: str, name: str = "forms", before: str = "", after: str = "") -> re.Pattern[str]:
    """Return the pattern of a list between two others."""
    return re.compile(before + alternatives(table, name) + after)
