"""Puts checked claims together into an answer, and keeps its promises.

Every claim of the answer has a citation; every quote is the canonical text at its offsets; no text of the
answer lies outside a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.core.types import Claim

_BETWEEN = " "

TextOf = Callable[[str], str | None]
"""Canonical text of a document by id, None when it is not (or no longer) there."""


def placed(claims: Sequence[Claim]) -> tuple[str, tuple[Claim, ...]]:
    """Join the claims and set each one's span in the joined text."""
    text, result = "", []
    for claim in claims:
        text += _BETWEEN if text else ""
        result.append(replace(claim, start=len(text), end=len(text) + len(claim.text)))
        text += claim.text
    return text, tuple(result)


def has_exact_quotes(claim: Claim, text_of: TextOf) -> bool:
    """Tell whether each quote stands, character for character, in its document as stored now."""
    texts = {citation.doc_id: text_of(citation.doc_id) for citation in claim.citations}
    return bool(claim.citations) and all(
        (text := texts[citation.doc_id]) is not None and text[citation.start : citation.end] == citation.quote
        for citation in claim.citations
    )
