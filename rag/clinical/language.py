"""In which language a text is written, and what the machine knows of each language served (``languages``)."""

from __future__ import annotations

from rag.clinical.detection import told
from rag.clinical.languages import OWN, Language, all_of, language, language_for, served

__all__ = [
    "DETECTOR",
    "Language",
    "all_of",
    "detect_language",
    "language",
    "language_for",
    "language_of",
    "served",
]

DETECTOR = "language/3"
"""Raised when texts are told differently, so that documents read before are read again."""


def language_of(text: str) -> str | None:
    """Return the language of a text; None where it gives no clear sign (a code, a drug name alone)."""
    return told(text, tuple(language(code) for code in served()))


def detect_language(text: str, default: str = OWN[0]) -> str:
    """Return the language of a text; ``default`` where it gives no clear sign."""
    return language_of(text) or default
