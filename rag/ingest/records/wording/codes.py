"""The codes of a document: each once, in order, and not more than can be of use."""

from __future__ import annotations

from collections.abc import Iterable

from rag.core.types import Code

_MOST_CODES = 300


def once(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Return codes, each once, in order; of very many the first."""
    return tuple({(code.system, code.code): code for code in reversed(list(codes))}.values())[::-1][
        :_MOST_CODES
    ]
