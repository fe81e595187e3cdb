"""From the words of a user to a query: in which language they are, and whether that is known or guessed."""

from __future__ import annotations

from rag.clinical.language import detect_language, language_of
from rag.core.types import Filters, Query


def query_of(
    text: str, language: str | None = None, filters: Filters = Filters(), history: tuple[str, ...] = ()
) -> Query:
    """Return the query of a text, in the language that the user names or else the text tells."""
    told = language or language_of(text)
    return Query(text, told or detect_language(text), filters, history, is_told=told is not None)
