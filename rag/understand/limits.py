"""What is a question at all: not empty, not too long."""

from __future__ import annotations

from rag.core.errors import UsageError

MAX_QUESTION_CHARS = 10_000


def checked_question(text: str) -> str:
    """Return the question without outer space, or raise ``UsageError`` where it is empty or too long."""
    stripped = text.strip()
    if not any(character.isalnum() for character in stripped):
        raise UsageError("question_empty")
    if len(stripped) > MAX_QUESTION_CHARS:
        raise UsageError("question_too_long", length=len(stripped), limit=MAX_QUESTION_CHARS)
    return stripped
