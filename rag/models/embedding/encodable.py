"""Makes any Python string one that UTF-8 can carry: a broken file name or a JSON escape may hold half a
surrogate pair.
"""

from __future__ import annotations


def encodable(text: str) -> str:
    """Return the text, with ``?`` for what has no UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")
